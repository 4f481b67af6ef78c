/**
 * Makes a formatter that turns a JSON log line into one for people: time, level, sentence, and the error where there is
 * one. pino-pretty is loaded only when there is a terminal to read it.
 */
export async function terminalFormat(colorize: boolean): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({
    colorize,
    translateTime: 'SYS:HH:MM:ss',
    include: 'time,level,err,hint',
    customPrettifiers: { name: () => '' },
  });
  return (line) => {
    const json = parseObject(line);
    return json === undefined ? line : (format(json) ?? line);
  };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(line);
    return typeof json === 'object' && json !== null ? { ...json, name: undefined } : undefined;
  } catch {
    return undefined;
  }
}
