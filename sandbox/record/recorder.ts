import type { APIMessage } from 'discord-api-types/v10';
import type { Clock } from '../../shared/clock.js';
import type { Sighting } from '../world/world-events.js';
import { type Entry, Journal, type WaitOptions } from './journal.js';

/** A request to the REST interface. */
export interface RecordedRequest {
  readonly method: string;
  /** Method and path with ids and tokens replaced, e.g. `POST /channels/:id/messages`. */
  readonly route: string;
  /** Path below `/api/v10`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON; for an upload its `payload_json`, with the files under `files`. */
  readonly body: unknown;
  /** Lower-case names; `authorization` is left out. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the audit log says about it. */
  readonly auditReason?: string;
  /** Set when the answer has been sent. */
  status?: number;
}

/** A message on a gateway connection. */
export interface RecordedGatewayMessage {
  /** `in`: from the bot. */
  readonly direction: 'in' | 'out';
  /** Counts connections from 1. */
  readonly connection: number;
  readonly op: number;
  readonly t?: string;
  readonly s?: number;
  /** Without the token. */
  readonly d: unknown;
}

/** A turn in the life of a gateway connection. */
export interface RecordedTurn {
  readonly connection: number;
  readonly what: 'opened' | 'identified' | 'resumed' | 'refused' | 'frozen' | 'closed';
  /** Of a RESUME: the last event that the bot says it knows. */
  readonly from?: number;
  /** Of a RESUME: events that were said again. */
  readonly replayed?: number;
  /** Of a close: the code, and whether the sandbox closed it. */
  readonly code?: number;
  readonly isByServer?: boolean;
}

/** How often things happened since the start of the sandbox, and what is open now. Tests ask for these most. */
export interface Counters {
  /** IDENTIFYs that arrived, refused ones too. */
  identifies: number;
  /** RESUMEs that were answered with RESUMED. */
  resumes: number;
  /** RESUMEs that were refused. */
  refusedResumes: number;
  /** Events that were said again after a RESUME. */
  replayed: number;
  /** RESUMEs of a session that an open connection still held: two processes at once, or a client that did not hang up. */
  takeOvers: number;
  /** Open gateway sockets. */
  liveConnections: number;
  /** Sockets with an accepted IDENTIFY or RESUME. */
  liveSessions: number;
  /** The most of them that were ever open at once: 1 for a bot that is never there twice. */
  maxLiveSessions: number;
  /** PUTs of application commands. */
  commandPuts: number;
}

type MessageSighting = Entry<Sighting> & { readonly message: APIMessage };

/** Everything that went over the wire: the assertions of an end-to-end test. */
export class Recorder {
  readonly requests: Journal<RecordedRequest>;
  readonly gateway: Journal<RecordedGatewayMessage>;
  readonly turns: Journal<RecordedTurn>;
  readonly sightings: Journal<Sighting>;
  readonly counters: Counters = {
    identifies: 0,
    resumes: 0,
    refusedResumes: 0,
    replayed: 0,
    takeOvers: 0,
    liveConnections: 0,
    liveSessions: 0,
    maxLiveSessions: 0,
    commandPuts: 0,
  };
  #seq = 0;

  constructor(clock: Clock) {
    const stamp = () => {
      this.#seq += 1;
      return { seq: this.#seq, at: clock.now() };
    };
    this.requests = new Journal('a request', stamp);
    this.gateway = new Journal('a gateway message', stamp);
    this.turns = new Journal('a turn of a connection', stamp);
    this.sightings = new Journal('a message', stamp);
  }

  /** Marks this moment: as `after` of a wait it leaves out all that happened before. */
  mark(): number {
    return this.#seq;
  }

  /** Waits for an IDENTIFY. */
  waitForIdentify(options?: WaitOptions): Promise<Entry<RecordedGatewayMessage>> {
    return this.gateway.waitFor(({ direction, op }) => direction === 'in' && op === 2, options);
  }

  /** Waits for a REST request of the bot, whatever it was answered with. */
  waitForRequest(
    predicate: (request: Entry<RecordedRequest>) => boolean,
    options?: WaitOptions,
  ): Promise<Entry<RecordedRequest>> {
    return this.requests.waitFor(predicate, options);
  }

  /** Waits for a message that people can see: sent, or edited, by anybody. */
  async waitForMessage(predicate: (message: APIMessage) => boolean, options?: WaitOptions): Promise<APIMessage> {
    const isVisible = (entry: Entry<Sighting>): entry is MessageSighting =>
      (entry.kind === 'message' || entry.kind === 'edit') && entry.message !== undefined;
    const entry = await this.sightings.waitFor((seen) => isVisible(seen) && predicate(seen.message), options);
    if (!isVisible(entry)) throw new TypeError('a sighting changed its kind');
    return entry.message;
  }
}
