import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord-api-types/v10';
import { componentId } from '../../framework/components.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import { relativeTime } from '../../framework/timestamps.js';
import { EMBED_COLOR } from '../embed-color.js';

const BUTTONS_PER_ROW = 5;
const BAR_LENGTH = 10;

/** What can be seen of a poll. */
export interface PollView {
  readonly id: number;
  readonly authorId: string;
  readonly question: string;
  readonly answers: readonly string[];
  /** Votes for each answer. */
  readonly votes: readonly number[];
  /** null: until somebody closes it. */
  readonly endsAt: Date | null;
  readonly isClosed: boolean;
}

/** The message of a poll: how it stands, and its buttons while it is open. They carry the id, so they work in every run. */
export function renderPoll(poll: PollView): OutgoingMessage {
  const total = sum(poll.votes);
  const lines = poll.answers.map((answer, index) => answerLines(answer, poll.votes[index] ?? 0, total));
  return {
    embeds: [
      {
        title: `📊 ${poll.question}`,
        description: [...lines, stateLine(poll)].join('\n'),
        footer: { text: `Poll ${poll.id} · ${countVotes(total)} · one vote each, you may change it` },
        color: EMBED_COLOR,
      },
    ],
    components: poll.isClosed ? [] : buttonRows(poll),
  };
}

/** One sentence: who won. */
export function pollResult({ question, answers, votes }: Pick<PollView, 'question' | 'answers' | 'votes'>): string {
  const total = sum(votes);
  const most = Math.max(...votes);
  const winners = answers.filter((_, index) => votes[index] === most).map((answer) => `**${answer}**`);
  const share = `${most} of ${countVotes(total)}`;
  if (total === 0) return `📊 “${question}” is closed. Nobody voted.`;
  if (winners.length === 1) return `📊 “${question}” is closed. ${winners[0]} wins with ${share}.`;
  return `📊 “${question}” is closed. It is a tie between ${winners.join(' and ')}, with ${share} each.`;
}

function answerLines(answer: string, votes: number, total: number): string {
  const share = total === 0 ? 0 : votes / total;
  const filled = Math.round(share * BAR_LENGTH);
  const bar = '▰'.repeat(filled) + '▱'.repeat(BAR_LENGTH - filled);
  return `**${answer}**\n${bar} ${countVotes(votes)} (${Math.round(share * 100)} %)`;
}

function stateLine({ isClosed, endsAt, authorId }: PollView): string {
  if (isClosed) return `\n🔒 Closed. Asked by <@${authorId}>.`;
  const end = endsAt === null ? 'Open until it is closed.' : `Ends ${relativeTime(endsAt)}.`;
  return `\n${end} Asked by <@${authorId}>.`;
}

function buttonRows({ id, answers }: PollView): APIActionRowComponent<APIButtonComponent>[] {
  const buttons = answers.map(
    (answer, index): APIButtonComponent => ({
      type: ComponentType.Button,
      style: ButtonStyle.Secondary,
      label: answer,
      custom_id: componentId('utility', 'vote', [String(id), String(index)]),
    }),
  );
  const rowCount = Math.ceil(buttons.length / BUTTONS_PER_ROW);
  return Array.from({ length: rowCount }, (_, row) => ({
    type: ComponentType.ActionRow,
    components: buttons.slice(row * BUTTONS_PER_ROW, (row + 1) * BUTTONS_PER_ROW),
  }));
}

function countVotes(count: number): string {
  return `${count} vote${count === 1 ? '' : 's'}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
