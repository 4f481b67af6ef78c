import type { ReadStream, WriteStream } from 'node:tty';
import { wantsColor } from '../../shared/cli/color.js';
import type { Screen } from './status-watch.js';

/** Another screen, without a cursor, and without going on in the next line where one is too long. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

const CTRL_C = '\x03';
/** What a terminal's window sends when it closes, and what others end a program with. */
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Gives `run` the whole terminal, and afterwards what was there before, however it ends. Its signal aborts on `q`, on Ctrl-C and
 * when the program is told to end.
 */
export async function withFullScreen(
  { input, output, env }: { input: ReadStream; output: WriteStream; env: NodeJS.ProcessEnv },
  run: (screen: Screen, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const onKey = (key: Buffer) => {
    if (key.includes('q') || key.includes(CTRL_C)) end();
  };
  const screen: Screen = {
    color: wantsColor(true, env),
    get columns() {
      return output.columns;
    },
    get rows() {
      return output.rows;
    },
    show(lines) {
      output.write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE_END}`).join('\r\n')}${CLEAR_BELOW}`);
    },
  };
  for (const signal of ENDINGS) process.on(signal, end);
  input.setRawMode(true);
  input.on('data', onKey);
  output.write(ENTER);
  try {
    await run(screen, ending.signal);
  } finally {
    output.write(LEAVE);
    input.off('data', onKey);
    input.setRawMode(false);
    input.pause();
    for (const signal of ENDINGS) process.off(signal, end);
  }
}
