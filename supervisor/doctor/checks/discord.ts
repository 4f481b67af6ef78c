import { z } from 'zod';
import { formatDuration } from '../../../shared/cli/format.js';
import {
  AUTOMATIC_RESERVE,
  FORCED_RESERVE,
  IDENTIFY_WINDOW_MS,
  identifyLedgerSchema,
} from '../../../shared/identify-ledger.js';
import { type SessionStartLimit, sessionStartLimitSchema } from '../../../shared/ipc-protocol.js';
import { readStateData } from '../../../shared/state-file.js';
import { type Check, type Finding, fail, ok, skipped, warn } from '../check.js';
import type { DoctorContext } from '../context.js';
import { type DiscordAnswer, type DiscordProbe, describeAnswer } from '../discord-probe.js';

// What Discord says of the token, the application and its logins.

const PORTAL = 'https://discord.com/developers/applications';
/** Two requests, one after the other, with 6 s each. */
const LIMIT_MS = 15_000;
/** A login or two may be on their way while we ask. */
const TOLERATED_LOGINS = 2;

const userSchema = z.object({ id: z.string(), username: z.string(), bot: z.boolean().optional() });
const applicationSchema = z.object({ flags: z.number().optional() });
const gatewaySchema = z.object({ session_start_limit: sessionStartLimitSchema });

/**
 * Application flags by the intent that they allow, see "Application Flags" in Discord's documentation. The second of a pair is
 * for bots in fewer than 100 servers.
 */
const privilegedIntents: readonly { readonly name: string; readonly flags: number }[] = [
  { name: 'Server Members Intent', flags: (1 << 14) | (1 << 15) },
  { name: 'Message Content Intent', flags: (1 << 18) | (1 << 19) },
];

/** Whether Discord accepts the token, and whether it is that of a bot. */
export const tokenCheck: Check = {
  name: 'token',
  limitMs: LIMIT_MS,
  async run({ discord }) {
    if (discord === null) return skipped('Discord is not asked (--offline)');
    if (!discord.hasToken) return skipped('there is no valid DISCORD_TOKEN');
    return judgeToken(await discord.get('/users/@me'), discord.host);
  },
};

/** Whether the intents that Tux asks for are switched on. */
export const intentsCheck: Check = {
  name: 'intents',
  limitMs: LIMIT_MS,
  run: (context) => withToken(context, async (discord) => judgeIntents(await discord.get('/applications/@me'))),
};

/** How many logins are left of the day, and whether somebody else uses the token. */
export const loginsCheck: Check = {
  name: 'logins',
  limitMs: LIMIT_MS,
  run: (context) =>
    withToken(context, async (discord) => {
      const answer = await discord.get('/gateway/bot');
      const ledger = await readStateData(context.paths.identifyLedger, identifyLedgerSchema);
      return judgeLogins(answer, ledger?.identifies ?? null, context.clock.now());
    }),
};

/** Without a token that Discord accepts, all other answers only say so again. */
async function withToken(
  { discord }: DoctorContext,
  look: (discord: DiscordProbe) => Promise<Finding | Finding[]>,
): Promise<Finding | Finding[]> {
  if (discord === null) return skipped('Discord is not asked (--offline)');
  const isAccepted = discord.hasToken && isOk(await discord.get('/users/@me'));
  return isAccepted ? look(discord) : skipped('needs a token that Discord accepts');
}

/** What to say of the token. Pure. @param answer to `GET /users/@me`. @param host who was asked. */
export function judgeToken(answer: DiscordAnswer, host: string): Finding {
  if ('problem' in answer) {
    return fail(`${host} cannot be reached (${answer.problem})`, `see what is in the way: curl -sv https://${host}`);
  }
  if (answer.status === 401) {
    return fail('Discord refuses it', `copy it anew from ${PORTAL} (Bot → Reset Token) into DISCORD_TOKEN`);
  }
  const user = userSchema.safeParse(answer.json);
  if (!isOk(answer) || !user.success) return trouble(answer);
  const { username, id, bot } = user.data;
  if (bot !== true) return fail(`it is that of a person (${username}), not of a bot`, `make a bot at ${PORTAL}`);
  return ok(`accepted: ${username} (${id})`);
}

/** What to say of the privileged intents. Pure. @param answer to `GET /applications/@me`. */
export function judgeIntents(answer: DiscordAnswer): Finding | Finding[] {
  const application = isOk(answer) ? applicationSchema.safeParse(answer.json) : null;
  if (!application?.success) return trouble(answer);
  const flags = application.data.flags ?? 0;
  const missing = privilegedIntents.filter((intent) => (flags & intent.flags) === 0);
  if (missing.length === 0) return ok('Message Content and Server Members are switched on');
  return missing.map(({ name }) =>
    fail(`${name} is switched off`, `switch it on at ${PORTAL} (Bot → Privileged Gateway Intents)`),
  );
}

/**
 * What to say of the logins that are left. Pure.
 *
 * @param answer to `GET /gateway/bot`.
 * @param own instants (ISO-8601) of the logins that the ledger knows; null without a ledger.
 * @param now ms since the epoch.
 */
export function judgeLogins(answer: DiscordAnswer, own: readonly string[] | null, now: number): Finding | Finding[] {
  const gateway = isOk(answer) ? gatewaySchema.safeParse(answer.json) : null;
  if (!gateway?.success) return trouble(answer);
  const limit = gateway.data.session_start_limit;
  // A day: what Discord says of the rest of its window is not to be relied upon, and more of ours only means fewer of others.
  const known = own?.filter((at) => Date.parse(at) > now - IDENTIFY_WINDOW_MS).length ?? null;
  const findings = [judgeBudget(limit, known)];
  const used = limit.total - limit.remaining;
  if (known !== null && used > known + TOLERATED_LOGINS) {
    const summary = `${used - known} of ${used} logins did not come from this installation`;
    findings.push(warn(summary, `end what else uses the token, or reset it at ${PORTAL}`));
  }
  return findings;
}

function judgeBudget({ total, remaining, reset_after }: SessionStartLimit, known: number | null): Finding {
  const ours = known === null ? '' : `; this installation used ${known} in 24 h`;
  const summary = `${remaining} of ${total} left${ours}`;
  const fix = `find out why it logs in so often: tux-supervisor history; more in ${formatDuration(reset_after)}`;
  if (remaining < total * FORCED_RESERVE) return fail(`${summary}: Tux does not log in`, fix);
  if (remaining < total * AUTOMATIC_RESERVE) return warn(`${summary}: restarts are held`, fix);
  return ok(summary);
}

/** It is there, and not well. */
function trouble(answer: DiscordAnswer): Finding {
  const what = 'problem' in answer ? `cannot be asked (${answer.problem})` : `answers: ${describeAnswer(answer)}`;
  return warn(`Discord ${what}`, 'see https://discordstatus.com, and try again later');
}

function isOk(answer: DiscordAnswer): answer is Extract<DiscordAnswer, { status: number }> {
  return 'status' in answer && answer.status === 200;
}
