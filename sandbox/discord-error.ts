/** What Discord answers to a request it refuses: an HTTP status, and its own code in the body. */
export class DiscordError extends Error {
  readonly status: 400 | 401 | 403 | 404;
  /** Discord's JSON error code, see RESTJSONErrorCodes. */
  readonly code: number;
  /** Where the body was wrong, in Discord's nested form. */
  readonly errors: Readonly<Record<string, unknown>> | undefined;

  constructor(status: DiscordError['status'], code: number, message: string, errors?: Record<string, unknown>) {
    super(message);
    this.name = 'DiscordError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  toJSON(): { message: string; code: number; errors?: Readonly<Record<string, unknown>> } {
    return { message: this.message, code: this.code, ...(this.errors && { errors: this.errors }) };
  }
}

/** 404 with the code of the kind of thing that is missing. */
export const unknown = {
  application: () => new DiscordError(404, 10002, 'Unknown Application'),
  channel: () => new DiscordError(404, 10003, 'Unknown Channel'),
  guild: () => new DiscordError(404, 10004, 'Unknown Guild'),
  member: () => new DiscordError(404, 10007, 'Unknown Member'),
  message: () => new DiscordError(404, 10008, 'Unknown Message'),
  role: () => new DiscordError(404, 10011, 'Unknown Role'),
  user: () => new DiscordError(404, 10013, 'Unknown User'),
  emoji: () => new DiscordError(404, 10014, 'Unknown Emoji'),
  webhook: () => new DiscordError(404, 10015, 'Unknown Webhook'),
  ban: () => new DiscordError(404, 10026, 'Unknown Ban'),
  interaction: () => new DiscordError(404, 10062, 'Unknown interaction'),
  command: () => new DiscordError(404, 10063, 'Unknown application command'),
  scheduledEvent: () => new DiscordError(404, 10070, 'Unknown Guild Scheduled Event'),
};

/** 400/50035 for one field of a body, in the nested form that the client unfolds into its message. */
export function invalidField(path: readonly (string | number)[], code: string, message: string): DiscordError {
  return new DiscordError(400, 50035, 'Invalid Form Body', nestErrors([{ path, code, message }]));
}

interface FieldProblem {
  readonly path: readonly PropertyKey[];
  readonly code: string;
  readonly message: string;
}

/** 400/50035 for every problem that a schema found. */
export function invalidForm(problems: readonly FieldProblem[]): DiscordError {
  return new DiscordError(400, 50035, 'Invalid Form Body', nestErrors(problems));
}

function nestErrors(problems: readonly FieldProblem[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { path, code, message } of problems) {
    let node = root;
    for (const key of path) {
      node[String(key)] ??= {};
      node = node[String(key)] as Record<string, unknown>;
    }
    node._errors = [{ code, message }];
  }
  return root;
}
