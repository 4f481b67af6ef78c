import { Events, type Interaction } from 'discord.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventsCog } from '../../../bot/cogs/events/events-cog.js';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { CogRig } from '../../support/cog-rig.js';
import { textOf } from '../../support/conversation.js';

const { users, guild, channels } = SANDBOX_IDS;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let rig: CogRig;

beforeAll(async () => {
  rig = await CogRig.create([{ name: 'events', load: async () => eventsCog }]);
}, 60_000);

afterAll(() => rig?.dispose());

const organizer = () => rig.sandbox.organizer;
const press = (name: string, as: 'alice' | 'bob' = 'alice') => rig.click(`Remind me: ${name}`, { as });

/** DMs that wait for somebody. */
const waiting = (userId: string) => rig.services.scheduledDms.listAll().filter((dm) => dm.userId === userId);

/** Schedules an event and waits until the bot knows it. */
async function plan(name: string, startsInMs: number) {
  const event = organizer().create({ name, startsInMs });
  await vi.waitFor(() => expect(rig.services.events.get(event.id)).toMatchObject({ name }));
  return event;
}

/** What somebody was told directly since `mark`. */
const told = (userId: string, mark: number) =>
  rig.sandbox.recorder.sightings
    .since(mark)
    .flatMap(({ kind, directWith, message }) =>
      kind === 'message' && directWith === userId && message ? [message.content] : [],
    );

async function toldOf(userId: string, text: RegExp, mark: number): Promise<string> {
  const { message } = await rig.sandbox.recorder.sightings.waitFor(
    ({ directWith, message }) => directWith === userId && text.test(message?.content ?? ''),
    { after: mark },
  );
  return message?.content ?? '';
}

/** What the board shows now. */
function board(messageId: string): { text: string; buttons: string[] } {
  const { embeds, content, components } = rig.sandbox.world.messages.get(channels.general, messageId);
  const rows = components as readonly { components: readonly { label: string }[] }[];
  const buttons = rows.flatMap((row) => row.components.map(({ label }) => label));
  return { text: textOf({ content, embeds }), buttons };
}

describe('events', () => {
  it('are listed for everybody; the board is for those with a rank', async () => {
    expect(textOf(await rig.say('$event list', { as: 'alice' }))).toContain('Nothing is planned');
    const { id, startAt } = await plan('Board games', 2 * HOUR_MS);
    const seconds = Math.round(Date.parse(startAt) / 1_000);
    expect(textOf(await rig.slash('events list', {}, { as: 'alice' }))).toContain(
      `**Board games** · <t:${seconds}:f> (<t:${seconds}:R>) · 📍 the club room`,
    );
    expect((await rig.say('$events board', { as: 'alice' })).content).toContain('Nobody here has been given');
    expect((await rig.say('$events list', { channel: 'dm' })).content).toContain('only in a server');
    rig.sandbox.world.scheduledEvents.delete(guild, id);
    await vi.waitFor(() => expect(rig.services.events.list(guild)).toEqual([]));
  });

  it('are shown on a board that follows every change, after a restart and one that happened meanwhile too', async () => {
    const chess = await plan('Chess', 2 * HOUR_MS);
    const posted = await rig.say('$events board');
    expect(board(posted.id)).toMatchObject({ text: expect.stringContaining('Chess'), buttons: ['Remind me: Chess'] });
    await plan('Go', HOUR_MS);
    await rig.posted(/Go[\s\S]*Chess/);
    expect(board(posted.id).buttons).toEqual(['Remind me: Go', 'Remind me: Chess']);

    const mark = rig.sandbox.recorder.mark();
    await rig.bot.stop();
    organizer().cancel({ event: 'Go' });
    organizer().create({ name: 'Poker', startsInMs: 3 * HOUR_MS });
    organizer().move({ event: 'Chess', startsInMs: 5 * HOUR_MS });
    await rig.startAgain();
    await rig.posted(/Poker[\s\S]*Chess/, mark);
    expect(board(posted.id)).toEqual({
      text: expect.not.stringContaining('Go'),
      buttons: ['Remind me: Poker', 'Remind me: Chess'],
    });
    rig.sandbox.world.scheduledEvents.edit(guild, chess.id, { status: 2 });
    await rig.posted(/\*\*Chess\*\* · \*\*now\*\*/, mark);
    expect(board(posted.id).buttons).toEqual(['Remind me: Poker']);
  });

  it('remind who wants it, until they press again, once for a press that is handled twice', async () => {
    const { startAt } = await plan('Tea', 2 * HOUR_MS);
    await rig.posted(/Tea/);
    const handled = new Promise<Interaction>((resolve) => rig.bot.client.once(Events.InteractionCreate, resolve));
    expect((await press('Tea')).content).toContain('🔔 I will write to you');
    await rig.bot.dispatcher.handleInteraction(await handled);
    const [dm] = waiting(users.alice);
    expect(dm).toMatchObject({ dueAt: new Date(Date.parse(startAt) - 15 * MINUTE_MS).toISOString() });
    expect(dm?.content).toMatch(/⏰ \*\*Tea\*\* begins <t:\d+:R>/);
    expect((await press('Tea', 'bob')).content).toContain('🔔');
    expect((await press('Tea')).content).toContain('🔕 I will not remind you of **Tea**.');
    expect([waiting(users.alice), waiting(users.bob)]).toMatchObject([[], [{ userId: users.bob }]]);
    expect((await press('Tea')).content).toContain('🔔');
    expect(waiting(users.alice)).toHaveLength(1);
  });

  it('have their DMs moved, and called off with a word to those who waited', async () => {
    const moved = organizer().move({ event: 'Tea', startsInMs: 26 * HOUR_MS });
    const dueAt = new Date(Date.parse(moved.startAt) - 15 * MINUTE_MS).toISOString();
    await vi.waitFor(() => expect(waiting(users.alice)).toMatchObject([{ dueAt }]));
    expect(waiting(users.bob)).toMatchObject([{ dueAt, content: expect.stringContaining('Tea') }]);
    const mark = rig.sandbox.recorder.mark();
    organizer().cancel({ event: 'Tea' });
    expect(await toldOf(users.alice, /Tea/, mark)).toMatch(/❌ \*\*Tea\*\*, planned for <t:\d+:f>, was cancelled\./);
    await toldOf(users.bob, /Tea/, mark);
    await vi.waitFor(() => expect(rig.services.scheduledDms.listAll()).toEqual([]));
  });

  it('remind at once when they begin soon', async () => {
    await plan('Quiz', 5 * MINUTE_MS);
    await rig.posted(/Quiz/);
    const mark = rig.sandbox.recorder.mark();
    expect((await press('Quiz')).content).toContain('🔔');
    expect(await toldOf(users.alice, /Quiz/, mark)).not.toContain('Sorry');
    const { id } = organizer().cancel({ event: 'Quiz' });
    await vi.waitFor(() => expect(rig.services.events.get(id)).toBeUndefined());
  });

  it('that were moved, cancelled or over while the bot was down: DMs follow, and people hear of it once', async () => {
    const names = ['Dinner', 'Dance', 'Duel'];
    const [dinner, dance, duel] = await Promise.all(names.map((name) => plan(name, 2 * HOUR_MS)));
    await rig.posted(/(Dinner|Dance|Duel)[\s\S]*(Dinner|Dance|Duel)[\s\S]*(Dinner|Dance|Duel)/);
    for (const name of names) await press(name, 'bob');
    rig.sandbox.world.scheduledEvents.edit(guild, duel?.id ?? '', { status: 2 }); // begins early
    await vi.waitFor(() => expect(rig.services.events.get(duel?.id ?? '')).toMatchObject({ status: 'active' }));
    const mark = rig.sandbox.recorder.mark();
    const { scheduledDms } = rig.bot;
    await scheduledDms.stop(AbortSignal.abort());
    const overdue = scheduledDms.listAll().find(({ content }) => content.includes('Dance'));
    const dueAt = new Date(Date.now() - MINUTE_MS).toISOString(); // first in line when the next run begins
    expect(await scheduledDms.change(overdue?.id ?? '', users.bob, { dueAt })).toBe(true);
    await rig.bot.stop();
    const { startAt } = organizer().move({ event: dinner?.id ?? '', startsInMs: 50 * HOUR_MS });
    rig.sandbox.world.scheduledEvents.delete(guild, dance?.id ?? '');
    rig.sandbox.world.scheduledEvents.edit(guild, duel?.id ?? '', { status: 3 });
    await rig.startAgain();
    await Promise.all([toldOf(users.bob, /Dance/, mark), toldOf(users.bob, /Duel/, mark)]);
    await rig.restart();
    await vi.waitFor(() => expect(waiting(users.bob)).toHaveLength(1));
    expect(waiting(users.bob)).toMatchObject([{ dueAt: new Date(Date.parse(startAt) - 15 * MINUTE_MS).toISOString() }]);
    expect(told(users.bob, mark).sort()).toEqual([
      expect.stringMatching(/^❌ \*\*Dance\*\*.* was cancelled\.$/),
      expect.stringMatching(/^🏁 \*\*Duel\*\* is over\. Sorry/),
    ]);
  });

  it('that were cancelled while the connection was lost for good, too', async () => {
    const { id } = await plan('Lost', 2 * HOUR_MS);
    await rig.posted(/Lost/);
    await press('Lost');
    const mark = rig.sandbox.recorder.mark();
    rig.sandbox.faults.dropResume();
    rig.sandbox.faults.cut();
    organizer().cancel({ event: id });
    expect(await toldOf(users.alice, /Lost/, mark)).toContain('was cancelled');
    expect(rig.sandbox.recorder.counters.resumes).toBe(0);
    rig.sandbox.faults.dropResume(false);
  });

  it('whose board was deleted no longer have one', async () => {
    const before = rig.services.liveViews.size;
    const { id } = await rig.say('$events board');
    await vi.waitFor(() => expect(rig.services.liveViews.size).toBe(before + 1));
    rig.sandbox.world.messages.delete(rig.sandbox.world.messages.get(channels.general, id));
    await plan('Film', HOUR_MS);
    await vi.waitFor(() => expect(rig.services.liveViews.size).toBe(before), { timeout: 5_000 });
  });
});
