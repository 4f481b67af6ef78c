import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../shared/clock.js';
import { createLogger } from '../../../../shared/logging/logger.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { NotifyCommand } from '../../../../supervisor/systemd/notify-command.js';
import { LogWatch } from '../../../support/log-watch.js';
import { eventually, isRunning } from '../../../support/processes.js';

let folder: string;
let watch: LogWatch;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-notify-'));
  watch = new LogWatch();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A command that runs this shell script instead of `systemd-notify`. */
async function commandOf(script: string, clock = systemClock): Promise<NotifyCommand> {
  const program = join(folder, 'fake-notify');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return makeCommand(program, clock);
}

function makeCommand(program: string, clock = systemClock): NotifyCommand {
  const log = createLogger({
    level: 'info',
    name: 'test',
    destination: { write: (line) => watch.feed(line) },
    secrets: [],
  });
  return new NotifyCommand({ socket: '/run/test/notify', log, program, clock });
}

describe('a message to systemd', () => {
  it('is handed over word by word, with nothing of the environment but the socket', async () => {
    vi.stubEnv('DISCORD_TOKEN', 'nobody-must-see');
    const out = join(folder, 'out');
    const command = await commandOf(`printf '%s\\n' "$@" > ${out}; env >> ${out}`);
    expect(await command.send(['READY=1', 'STATUS=Serving 2 guilds; $HOME `id`'])).toBe(true);
    const lines = (await readFile(out, 'utf8')).split('\n');
    expect(lines.slice(0, 2)).toEqual(['READY=1', 'STATUS=Serving 2 guilds; $HOME `id`']);
    expect(lines).toContain('NOTIFY_SOCKET=/run/test/notify');
    expect(lines.join('\n')).not.toContain('nobody-must-see');
    expect(watch.lines).toEqual([]);
  });

  it('that cannot be sent is logged once, and the next is tried all the same', async () => {
    const out = join(folder, 'out');
    const command = await commandOf(`echo "$1" >> ${out}; echo 'No socket' >&2; exit 1`);
    expect(await command.send(['READY=1'])).toBe(false);
    expect(await command.send(['STATUS=x'])).toBe(false);
    expect(await readFile(out, 'utf8')).toBe('READY=1\nSTATUS=x\n');
    expect(watch.lines.map(({ msg }) => msg)).toEqual([expect.stringMatching(/ended with exit code 1: No socket$/)]);
  });

  it('names the program that is missing', async () => {
    await makeCommand('there-is-no-such-program').send(['READY=1']);
    expect(watch.lines[0]?.msg).toContain('there is no program there-is-no-such-program');
  });

  it('is given up after 5 s, and the program with it', async () => {
    const clock = new FakeClock();
    const pidFile = join(folder, 'pid');
    const command = await commandOf(`echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 600`, clock);
    const sent = command.send(['READY=1']);
    const pid = () => readFile(pidFile, 'utf8').then(Number, () => 0);
    await eventually('the program runs', async () => (await pid()) > 0);
    await clock.advance(4_999);
    expect(isRunning(await pid())).toBe(true);
    await clock.advance(1);
    await sent;
    expect(watch.lines[0]?.msg).toContain('did not finish within 5000 ms');
    const ended = await pid();
    await eventually('the program is gone', () => !isRunning(ended));
  });
});
