export {
  FallbackError,
  InvalidTransitionError,
  ServiceGraphError,
  ServiceInitializationError,
  StartAbortedError,
  StartTimeoutError,
} from './errors.js';
export type {
  HookName,
  LifecycleHooks,
  ServiceCleanedUpEvent,
  ServiceEvent,
  ServiceFailedEvent,
  ServiceInitializedEvent,
  ServiceInitializingEvent,
  ServiceRecoveredEvent,
  StateChangeEvent,
} from './hooks.js';
export type { LifecycleOptions } from './options.js';
export type { PreparationProblem } from './preparation.js';
export { LifecycleRunner } from './runner.js';
export {
  type Fallback,
  isWorthRetrying,
  type RetryPolicy,
  type Service,
  type ServiceHealth,
  type ServiceReport,
  type ServiceStage,
} from './service.js';
export { canTransition, type WorkerState, WorkerStateMachine } from './states.js';
export type { ServiceStop, StartSummary, StopSummary } from './summaries.js';
