import { z } from 'zod';
import type { Faults } from '../faults/faults.js';

const milliseconds = z.number().int().nonnegative();
const times = z.number().int().positive().default(1);
const route = z.string().min(1).describe("as recorded, e.g. 'POST /channels/:id/messages', or '*'");
/** What a WebSocket server may send: RFC 6455 keeps 1004 to 1006 and most below 3000 for itself. */
const closeCode = z.union([
  z.literal([1000, 1001, 1002, 1003, 1011, 1012, 1013]),
  z.number().int().min(3000).max(4999),
]);
const toggle = z.strictObject({ on: z.boolean().default(true) });
const nothing = z.strictObject({});

/** A fault that can be asked for over HTTP: the shape of its body, and what to do with it. */
interface FaultRequest {
  apply(faults: Faults, body: unknown): void;
}

function fault<T>(schema: z.ZodType<T>, run: (faults: Faults, args: T) => void): FaultRequest {
  return { apply: (faults, body) => run(faults, schema.parse(body)) };
}

/** By the name in `POST /control/faults/NAME`; the names are those of {@link Faults}. */
export const faultRequests: Readonly<Record<string, FaultRequest>> = {
  closeWith: fault(z.strictObject({ code: closeCode }), (f, { code }) => f.closeWith(code)),
  cut: fault(nothing, (f) => f.cut()),
  freeze: fault(nothing, (f) => f.freeze()),
  reconnect: fault(nothing, (f) => f.reconnect()),
  invalidateSession: fault(z.strictObject({ resumable: z.boolean().default(false) }), (f, { resumable }) =>
    f.invalidateSession(resumable),
  ),
  muteAcks: fault(toggle, (f, { on }) => f.muteAcks(on)),
  muteEvents: fault(toggle, (f, { on }) => f.muteEvents(on)),
  dropResume: fault(toggle, (f, { on }) => f.dropResume(on)),
  refuseResumes: fault(z.strictObject({ times, closeCode: closeCode.nullable().default(null) }), (f, refusal) =>
    f.refuseResumes(refusal.times, refusal.closeCode),
  ),
  holdHello: fault(toggle, (f, { on }) => f.holdHello(on)),
  holdReady: fault(toggle, (f, { on }) => f.holdReady(on)),
  holdGuilds: fault(toggle, (f, { on }) => f.holdGuilds(on)),
  gatewayDown: fault(toggle, (f, { on }) => f.gatewayDown(on)),
  offline: fault(toggle, (f, { on }) => f.offline(on)),
  lag: fault(z.strictObject({ ms: milliseconds }), (f, { ms }) => f.lag(ms)),
  sessionStart: fault(
    z.strictObject({
      remaining: z.number().int().nonnegative().optional(),
      total: z.number().int().positive().optional(),
      resetAfterMs: milliseconds.optional(),
    }),
    (f, limit) => f.sessionStart(limit),
  ),
  revokeToken: fault(z.strictObject({ token: z.string().min(1).optional() }), (f, { token }) => f.revokeToken(token)),
  disallowIntents: fault(z.strictObject({ intents: z.number().int().nonnegative().optional() }), (f, { intents }) =>
    f.disallowIntents(intents),
  ),
  failNext: fault(
    z.strictObject({ route, status: z.union([z.number().int().min(400).max(599), z.literal('hang')]), times }),
    (f, { route, status, times }) => f.failNext(route, status, times),
  ),
  throttle: fault(
    z.strictObject({
      route,
      retryAfterMs: milliseconds.default(1_000),
      scope: z.enum(['user', 'shared', 'global']).default('user'),
      times,
    }),
    (f, { route, ...options }) => f.throttle(route, options),
  ),
  limitRoute: fault(
    z.strictObject({ route, limit: z.number().int().positive(), windowMs: z.number().int().positive() }),
    (f, { route, ...limit }) => f.limitRoute(route, limit),
  ),
  reset: fault(nothing, (f) => f.reset()),
};
