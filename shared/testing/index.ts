export { FakeClock } from './fake-clock.js';
export { ServiceRecorder, type ServiceScript } from './service-recorder.js';
export { failing, hanging, Stubborn, slow } from './service-scripts.js';
export { WorkerTestCase } from './worker-test-case.js';
