import { setTimeout as sleep } from 'node:timers/promises';
import { costOf } from './process-cost.js';
import { type AnsweringBot, startPeer, startTux } from './support/answering-bot.js';
import { Answers } from './support/answers.js';
import { countArgument } from './support/arguments.js';
import { printTable, type Row } from './support/report.js';
import { quantile } from './support/statistics.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

// How long a message or a slash command waits for its answer, and how many slash commands a second a bot answers: Tux, a handler of a few
// lines with discord.js, and a Sapphire bot. They take turns. Usage: npm run bench reply [-- TURNS]

const DEFAULT_TURNS = 4;
/** Messages of a turn, one after the other. discord.js sends 50 requests a second at most, answers to interactions aside. */
const MESSAGES = 50;
const MESSAGE_INTERVAL_MS = 25;
const SLASHES = 100;
const RUSH_MS = 1_500;
/** Slash commands under way at any time of a rush. */
const AT_ONCE = 32;

/** All times in ms. */
interface Figures {
  readonly messages: number[];
  readonly slashes: number[];
  /** Answers a second in the rush of each turn, see {@link rush}. */
  readonly rates: number[];
  /** CPU time of the bot for one slash command, of each turn. */
  readonly cpu: number[];
}

const turns = countArgument(DEFAULT_TURNS);
await inTemporaryFolder(async (folder) => {
  const bots: AnsweringBot[] = [];
  try {
    bots.push(await startTux(folder));
    bots.push(await startPeer('bare discord.js', 'discord-js-bot.mjs'));
    bots.push(await startPeer('Sapphire', 'sapphire-bot.mjs'));
    const all = bots.map((bot) => ({ bot, figures: noFigures() }));
    for (const { bot } of all) await takeTurn(bot); // the warm-up
    for (let turn = 0; turn < turns; turn += 1) {
      for (const { bot, figures } of all) add(figures, await takeTurn(bot));
    }
    report(all.map(({ bot: { name }, figures }) => ({ name, figures })));
  } finally {
    await Promise.all(bots.map((bot) => bot.stop()));
  }
});

async function takeTurn({ sandbox, pid }: AnsweringBot): Promise<Figures> {
  const answers = new Answers(sandbox);
  const figures = noFigures();
  for (let count = 0; count < MESSAGES; count += 1) {
    const pause = sleep(MESSAGE_INTERVAL_MS);
    figures.messages.push(await answers.to(() => sandbox.actors.say({ text: '$roll' }).id));
    await pause;
  }
  const slash = () => answers.to(() => sandbox.actors.slash({ command: ['roll'] }).id);
  for (let count = 0; count < SLASHES; count += 1) figures.slashes.push(await slash());
  const cpuBefore = costOf(pid).cpuMs;
  const { count, perSecond } = await rush(slash);
  figures.rates.push(perSecond);
  figures.cpu.push((costOf(pid).cpuMs - cpuBefore) / count);
  answers.close();
  return figures;
}

function noFigures(): Figures {
  return { messages: [], slashes: [], rates: [], cpu: [] };
}

/** So many slash commands as get an answer within {@link RUSH_MS}. @returns answers in all, and a second. */
async function rush(slash: () => Promise<number>): Promise<{ count: number; perSecond: number }> {
  const startedAt = performance.now();
  let count = 0;
  const one = async () => {
    for (; performance.now() - startedAt < RUSH_MS; count += 1) await slash();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { count, perSecond: count / ((performance.now() - startedAt) / 1_000) };
}

function add(all: Figures, turn: Figures): void {
  all.messages.push(...turn.messages);
  all.slashes.push(...turn.slashes);
  all.rates.push(...turn.rates);
  all.cpu.push(...turn.cpu);
}

function report([ours, ...peers]: readonly { readonly name: string; readonly figures: Figures }[]): void {
  if (!ours) return;
  const row = (what: string, unit: Row['unit'], value: (figures: Figures) => number): Row => ({
    what,
    unit,
    value: value(ours.figures),
    references: peers.map(({ name, figures }) => ({ name, value: value(figures), kind: 'peer' })),
  });
  printTable('reply: the same command on the same sandbox', [
    row('message → reply, p50', 'ms', ({ messages }) => quantile(messages, 0.5)),
    row('message → reply, p99', 'ms', ({ messages }) => quantile(messages, 0.99)),
    row('slash command → reply, p50', 'ms', ({ slashes }) => quantile(slashes, 0.5)),
    row('slash command → reply, p99', 'ms', ({ slashes }) => quantile(slashes, 0.99)),
    row(`slash commands, ${AT_ONCE} at once`, '/s', ({ rates }) => quantile(rates, 0.5)),
    row('CPU time of the bot for one of them', 'ms', ({ cpu }) => quantile(cpu, 0.5)),
  ]);
}
