import type { Actions } from '../../shared/control/page-api.js';
import { type Answer, failureAnswer } from './answer.js';
import type { Need } from './route.js';

/** What the settings say of who may see and do what. */
export interface Doors {
  /** Nobody but this machine reaches it. */
  readonly isLocal: boolean;
  /** TUX_HTTP_TOKEN is set. */
  readonly hasToken: boolean;
}

/**
 * Whether a visitor gets what they ask for. On this machine everybody may look; from elsewhere only with the token; and changing
 * something takes the token in any case. Pure.
 *
 * @returns null when they do, else the answer.
 */
export function refusal(need: Need, { isLocal, hasToken }: Doors, isLoggedIn: boolean): Answer | null {
  if (need === 'nothing') return null;
  if (isLocal && (need === 'page' || need === 'sight')) return null;
  if (!hasToken) return noToken(isLocal);
  return needsIdentity(need) && !isLoggedIn ? loginNeeded() : null;
}

/** Whether it matters who asks. */
export function needsIdentity(need: Need): boolean {
  return need === 'sight' || need === 'token';
}

/** What the page may offer. */
export function actionsOf({ hasToken }: Doors, isLoggedIn: boolean): Actions {
  if (!hasToken) return 'none';
  return isLoggedIn ? 'open' : 'token';
}

/** The answer (401) to somebody who has to log in first. */
export function loginNeeded(message = 'This takes the token of TUX_HTTP_TOKEN'): Answer {
  return failureAnswer(401, 'TUX_HTTP_LOGIN', message, { 'www-authenticate': 'Bearer realm="tux"' });
}

function noToken(isLocal: boolean): Answer {
  const why = isLocal
    ? 'Restart, stop and reload take the token of TUX_HTTP_TOKEN, and none is set'
    : 'TUX_HTTP_HOST is open to other machines: the page takes the token of TUX_HTTP_TOKEN, and none is set';
  return failureAnswer(403, 'TUX_HTTP_NO_TOKEN', why);
}
