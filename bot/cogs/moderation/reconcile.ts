import type { BotServices } from '../../framework/bot-services.js';
import { carryOut } from './carry-out.js';
import { scheduleLift } from './lift-schedule.js';
import type { CaseRecord } from './measure.js';
import { turnsOf } from './turns.js';

const MINUTE_MS = 60_000;
/** How long after one reconciliation the next begins. */
export const RECONCILE_EVERY_MS = MINUTE_MS;
/** A command that runs settles its case within this time; what is pending for longer was left behind. */
export const SETTLING_MS = MINUTE_MS;
/** After so long nobody expects an act any more: the case is void. */
const GIVE_UP_AFTER_MS = 24 * 60 * MINUTE_MS;
/** Bans that end within this time have a job; the others get theirs later. */
const HORIZON_MS = 60 * MINUTE_MS;
/** Read at once. */
const PAGE_SIZE = 200;

/**
 * Brings the world into line with the database: carries out what a crash left pending, and sees to it that every ban which
 * ends soon, or should have ended, has a job that lifts it.
 *
 * @param pendingForMs only cases that have been pending for longer; 0 when no command can be running yet.
 */
export async function reconcile(services: BotServices, pendingForMs: number, signal: AbortSignal): Promise<void> {
  const { database, clock } = services;
  const now = clock.now();
  const before = new Date(now - pendingForMs);
  for await (const record of inPages((afterId) => database.cases.listPending(before, PAGE_SIZE, afterId))) {
    signal.throwIfAborted();
    await takeUp(services, record, now);
  }
  const horizon = new Date(now + HORIZON_MS);
  for await (const tempban of inPages((afterId) => database.cases.listEnding(horizon, PAGE_SIZE, afterId))) {
    signal.throwIfAborted();
    if (services.guilds.get(tempban.guildId)) await scheduleLift(services, tempban);
  }
  await database.cases.closeEndedTimeouts(new Date(now));
}

/** All of them: those that have to wait, say for a guild that the bot has left, must not hide the ones after them. */
async function* inPages(read: (afterId: number) => Promise<readonly CaseRecord[]>): AsyncGenerator<CaseRecord> {
  for (let page = await read(0); ; ) {
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_SIZE) return;
    page = await read(last.id);
  }
}

async function takeUp(services: BotServices, record: CaseRecord, now: number): Promise<void> {
  const { database, guilds, log } = services;
  const { id, number, type, guildId, createdAt } = record;
  if (now - createdAt.getTime() > GIVE_UP_AFTER_MS) {
    await database.cases.settle(id, { status: 'void', ends: [] });
    log.warn({ event: 'moderation:given-up', caseId: id }, `⚠️ case #${number} (${type}) is void: too long undone`);
    return;
  }
  const guild = guilds.get(guildId);
  if (!guild) return; // the bot may be invited again
  const outcome = await turnsOf(services).take(record, async () => {
    // A slow command may have settled it meanwhile.
    const current = await database.cases.getById(id);
    return current?.status === 'pending' ? carryOut(services, guild, current) : null;
  });
  if (outcome === null) return;
  const fields = { event: 'moderation:taken-up', caseId: id, outcome: outcome.type };
  log.info(fields, `🔧 case #${number} (${type}) was left undone: ${outcome.type}`);
}
