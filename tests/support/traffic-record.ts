import type { APIMessage } from 'discord-api-types/v10';
import { SANDBOX_IDS, type Sandbox } from '../../sandbox/index.js';
import type { Entry } from '../../sandbox/record/journal.js';
import type { RecordedGatewayMessage, RecordedRequest, RecordedTurn } from '../../sandbox/record/recorder.js';
import type { Sighting } from '../../sandbox/world/world-events.js';
import { textOf } from './conversation.js';
import { marksIn, type VisibleEffect } from './traffic-plan.js';

/** One thing that the sandbox saw of a command. `at` is in ms since the epoch, `seq` orders what came in the same one. */
export interface Observed {
  readonly seq: number;
  readonly at: number;
  readonly what: 'delivered' | 'request' | 'deferred' | 'answer' | 'edit' | VisibleEffect;
  readonly text: string;
  /** Of a request: the HTTP status of its answer, undefined while there is none. */
  readonly status?: () => number | undefined;
}

/** A message of the bot that nobody asked for. */
export interface Stray {
  readonly at: number;
  readonly text: string;
}

/**
 * Listens to a sandbox, from outside of the bot, and sorts what it sees by the command that it belongs to: by the id of the
 * message or interaction that is answered, or by the mark in the text.
 */
export class TrafficRecord {
  readonly turns: Entry<RecordedTurn>[] = [];
  readonly #byEvent = new Map<string, Observed[]>();
  readonly #byMark = new Map<number, Observed[]>();
  /** Messages that refer to an event, with it: only at the end is it known which events were ours. */
  readonly #answers: { readonly eventId: string; readonly stray: Stray }[] = [];
  readonly #strays: Stray[] = [];
  readonly #unfollow: (() => void)[];
  /** When the bot last said something. */
  lastWordAt = 0;

  constructor({ recorder }: Sandbox) {
    this.#unfollow = [
      recorder.gateway.follow((message) => this.#delivered(message)),
      recorder.requests.follow((request) => this.#requested(request)),
      recorder.sightings.follow((sighting) => this.#seen(sighting)),
      recorder.turns.follow((turn) => this.turns.push(turn)),
    ];
  }

  close(): void {
    for (const unfollow of this.#unfollow.splice(0)) unfollow();
  }

  /** All that belongs to one command, in its order. */
  of(number: number, eventId: string | null): Observed[] {
    const byEvent = eventId === null ? [] : (this.#byEvent.get(eventId) ?? []);
    return [...byEvent, ...(this.#byMark.get(number) ?? [])].sort((left, right) => left.seq - right.seq);
  }

  /** What the bot said to nobody, or in answer to none of these events. */
  strays(eventIds: ReadonlySet<string>): Stray[] {
    const toOthers = this.#answers.filter(({ eventId }) => !eventIds.has(eventId)).map(({ stray }) => stray);
    return [...this.#strays, ...toOthers].sort((left, right) => left.at - right.at);
  }

  #delivered({ seq, at, direction, connection, t, s, d }: Entry<RecordedGatewayMessage>): void {
    if (direction !== 'out' || (t !== 'MESSAGE_CREATE' && t !== 'INTERACTION_CREATE')) return;
    const { id, author } = d as { id: string; author?: { id: string } };
    if (author?.id === SANDBOX_IDS.bot) return;
    this.#add(id, { seq, at, what: 'delivered', text: `s=${s} on connection ${connection}` });
  }

  #requested(request: Entry<RecordedRequest>): void {
    const { seq, at, method, path, route, body } = request;
    const observed: Observed = { seq, at, what: 'request', text: route, status: () => request.status };
    const interactionId = /^\/interactions\/(\d+)\//.exec(path)?.[1];
    const content = body as { message_reference?: { message_id?: string } } | undefined;
    const eventId = interactionId ?? content?.message_reference?.message_id;
    if (eventId !== undefined) this.#add(eventId, observed);
    else if (method === 'POST') for (const number of marksOf(body)) this.#mark(number, observed);
  }

  #seen({ seq, at, kind, message, interactionId, directWith }: Entry<Sighting>): void {
    if (message?.author.id !== SANDBOX_IDS.bot) return;
    if (kind !== 'message' && kind !== 'edit' && kind !== 'deferred') return;
    this.lastWordAt = at;
    const text = textOf(message);
    const eventId = interactionId ?? message.message_reference?.message_id;
    if (eventId !== undefined) {
      this.#add(eventId, { seq, at, what: kind === 'message' ? 'answer' : kind, text });
      if (kind === 'message') this.#answers.push({ eventId, stray: { at, text } });
      return;
    }
    if (kind !== 'message') return;
    const effect = effectOf(message, directWith !== undefined);
    const marks = marksIn(text);
    if (effect === null || marks.length === 0) this.#strays.push({ at, text });
    else for (const number of marks) this.#mark(number, { seq, at, what: effect, text });
  }

  #add(eventId: string, observed: Observed): void {
    const known = this.#byEvent.get(eventId);
    if (known) known.push(observed);
    else this.#byEvent.set(eventId, [observed]);
  }

  #mark(number: number, observed: Observed): void {
    const known = this.#byMark.get(number);
    if (known) known.push(observed);
    else this.#byMark.set(number, [observed]);
  }
}

function marksOf(body: unknown): number[] {
  return body === undefined ? [] : marksIn(JSON.stringify(body));
}

/** What kind of effect a message is that answers nobody; null for none that is known. */
function effectOf({ channel_id: channelId, content }: APIMessage, isDirect: boolean): VisibleEffect | null {
  if (content.startsWith('⏰ <@')) return 'reminder';
  if (isDirect) return 'notice';
  if (channelId === SANDBOX_IDS.channels['mod-log']) return 'log entry';
  return content.startsWith('✅ Job') ? 'job done' : null;
}
