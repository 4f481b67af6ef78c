const TIME = 'SYS:HH:MM:ss';
const DATE_AND_TIME = `SYS:yyyy-mm-dd ${TIME.slice('SYS:'.length)}`;

/**
 * Makes a formatter that turns a JSON log line into one for people: time (with the date where it is not today's), level,
 * sentence, and the error where there is one. What is no JSON object, or none that pino-pretty can read, stays as it is: a
 * program may print anything. pino-pretty is loaded only when there is somebody to read it.
 */
export async function terminalFormat(colorize: boolean): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const [short, long] = [TIME, DATE_AND_TIME].map((translateTime) =>
    prettyFactory({
      colorize,
      translateTime,
      include: 'time,level,err,hint',
      customPrettifiers: { name: () => '' },
    }),
  );
  return (line) => {
    const json = parseObject(line);
    if (json === undefined) return line;
    const format = isOfToday(json.time) ? short : long;
    try {
      return format?.(json) ?? line;
    } catch {
      return line; // a level that is an object, for example
    }
  };
}

function isOfToday(time: unknown): boolean {
  return typeof time !== 'string' || new Date(time).toDateString() === new Date().toDateString();
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(line);
    return typeof json === 'object' && json !== null ? { ...json, name: undefined } : undefined;
  } catch {
    return undefined;
  }
}
