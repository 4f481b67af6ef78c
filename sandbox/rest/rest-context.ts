import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { invalidForm } from '../discord-error.js';
import type { Conditions } from '../faults/conditions.js';
import type { Gateway } from '../gateway/gateway.js';
import type { SessionStartLimit } from '../gateway/session-start-limit.js';
import type { Interactions } from '../interactions/interactions.js';
import type { Recorder } from '../record/recorder.js';
import type { Tokens } from '../tokens.js';
import type { World } from '../world/world.js';
import type { RateLimits } from './rate-limits.js';

/** What the routes work on. */
export interface RestParts {
  readonly world: World;
  readonly recorder: Recorder;
  readonly conditions: Conditions;
  readonly tokens: Tokens;
  readonly sessionStartLimit: SessionStartLimit;
  readonly rateLimits: RateLimits;
  readonly interactions: Interactions;
  readonly gateway: Gateway;
}

/** The types of a Hono context of the REST interface. `body` is what the pipeline has read: a body can be read only once. */
export interface RestEnv {
  Bindings: HttpBindings;
  Variables: { body: unknown };
}

export type RestApp = Hono<RestEnv>;
export type RestContext = Context<RestEnv>;

/** The request's body in the shape of `schema`. @throws DiscordError 50035 that names every wrong field. */
export function bodyOf<T>(c: RestContext, schema: z.ZodType<T>): T {
  return checkForm(schema, c.get('body') ?? {});
}

/** @throws DiscordError 50035 that names every wrong field. */
export function checkForm<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const code = (issue: z.core.$ZodIssue) =>
    issue.code === 'too_big' || issue.code === 'too_small' ? 'BASE_TYPE_BAD_LENGTH' : 'BASE_TYPE_INVALID';
  throw invalidForm(
    parsed.error.issues.map((issue) => ({ path: issue.path, code: code(issue), message: issue.message })),
  );
}

/** A path parameter that the route is known to have. */
export function param(c: RestContext, name: string): string {
  return c.req.param(name) ?? '';
}

/** What the audit log says about the request; undefined when the bot gave no reason. */
export function auditReasonOf(headers: Readonly<Record<string, string>>): string | undefined {
  const encoded = headers['x-audit-log-reason'];
  return encoded === undefined ? undefined : decodeURIComponent(encoded);
}

/** 204 without a content-type: the client would try to parse it. */
export function noContent(c: RestContext): Response {
  return c.body(null, 204);
}
