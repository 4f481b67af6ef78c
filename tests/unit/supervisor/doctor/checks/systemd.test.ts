import { describe, expect, it } from 'vitest';
import { packageFile } from '../../../../../shared/package.js';
import { systemdCheck } from '../../../../../supervisor/doctor/checks/systemd.js';
import {
  environmentOf,
  parseEnvironment,
  parseProperties,
  parseSpan,
  type Systemd,
} from '../../../../../supervisor/doctor/systemd-units.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';

const program = packageFile('dist/supervisor/main.js');
const exec = (node: string, script: string) =>
  `{ path=${node} ; argv[]=${node} ${script} start ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }`;

/** As `systemctl show` has it for a unit of `systemd install`. */
const good = {
  ExecStart: exec(process.execPath, program),
  Environment: 'NODE_ENV=production TUX_STATE_DIR=/srv/tux/state TUX_LOG_DIR=/srv/tux/logs',
  NeedDaemonReload: 'no',
  RestartPreventExitStatus: '78',
  TimeoutStopUSec: '40s',
  UnitFileState: 'enabled',
  User: 'tux',
  WatchdogUSec: '30s',
  WorkingDirectory: '/srv/tux/state',
};

async function check(properties: Record<string, string>, systemd: Partial<Systemd> = {}) {
  const fake: Systemd = {
    isRunning: () => true,
    findUnits: () => [{ name: 'tux.service', isUser: false, text: '' }],
    show: async () => properties,
    ...systemd,
  };
  return [await systemdCheck(fake).run(doctorContext('/srv/tux'), noSignal)].flat();
}

describe('the service', () => {
  it('is fine when it runs this installation and gives it its time', async () => {
    expect(await check(good)).toEqual([
      { status: 'ok', summary: 'tux.service runs this installation and comes up with the machine' },
    ]);
  });

  it('is not looked for where there is no systemd, and may be missing', async () => {
    expect(await check(good, { isRunning: () => false })).toEqual([
      { status: 'skipped', summary: 'systemd does not run this machine' },
    ]);
    expect(await check(good, { findUnits: () => [] })).toMatchObject([
      { status: 'skipped', summary: expect.stringContaining('tux-supervisor systemd install') },
    ]);
  });

  it.each<[string, Record<string, string>, string, RegExp]>([
    [
      'is gone',
      { ExecStart: exec(process.execPath, '/gone/dist/supervisor/main.js') },
      'fail',
      /runs \/gone\/\S+, which does not exist$/,
    ],
    [
      'has lost its Node',
      { ExecStart: exec('/gone/node', program) },
      'fail',
      /runs \/gone\/node, which does not exist$/,
    ],
    ['has another Node', { ExecStart: exec('/bin/sh', program) }, 'warn', /runs it with \/bin\/sh, this is /],
    ['is another installation', { ExecStart: exec(process.execPath, '/bin/sh') }, 'warn', /another installation/],
    ['kills too soon', { TimeoutStopUSec: '20s' }, 'warn', /kills Tux 20 s after a stop began; it may need 28 s$/],
    ['has no watchdog', { WatchdogUSec: '0' }, 'warn', /no watchdog/],
    ['was changed', { NeedDaemonReload: 'yes' }, 'warn', /not read it anew$/],
    ['does not come up', { UnitFileState: 'disabled' }, 'warn', /does not come up with the machine \(disabled\)$/],
    ['starts what needs a human', { RestartPreventExitStatus: '' }, 'warn', /again and again/],
  ])('%s: that has a line and a fix of its own', async (_what, more, status, summary) => {
    const findings = await check({ ...good, ...more });
    expect(findings).toMatchObject([
      { status, summary: expect.stringMatching(summary), fix: expect.stringMatching(/\S/) },
    ]);
  });

  it('that is relative is found in its folder', async () => {
    const relative = {
      ExecStart: exec(process.execPath, 'dist/supervisor/main.js'),
      WorkingDirectory: packageFile('.'),
    };
    expect(await check({ ...good, ...relative })).toMatchObject([{ status: 'ok' }]);
  });

  it('with another state folder says how to look at that one', async () => {
    const [finding] = await check({
      ...good,
      Environment: 'TUX_STATE_DIR=/var/lib/tux "TUX_ENV_FILE=/etc/my tux.env"',
    });
    expect(finding).toEqual({
      status: 'warn',
      summary: 'tux.service keeps its state in /var/lib/tux, not in /srv/tux/state',
      fix: `sudo -u tux env TUX_STATE_DIR=/var/lib/tux 'TUX_ENV_FILE=/etc/my tux.env' ${process.execPath} ${program} doctor`,
    });
  });
});

describe('what systemctl says', () => {
  it.each([
    ['40s', 40_000],
    ['1min 30s', 90_000],
    ['2h', 7_200_000],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['0', 0],
    ['infinity', Number.POSITIVE_INFINITY],
    ['', null],
    ['soon', null],
    [undefined, null],
  ])('is a time: %s', (text, ms) => {
    expect(parseSpan(text)).toBe(ms);
  });

  it('is one property a line, of which the first counts', () => {
    expect(parseProperties('Type=notify\nExecStart=a=b\nExecStart=c\nEmpty=\n\n')).toEqual({
      Type: 'notify',
      ExecStart: 'a=b',
      Empty: '',
    });
  });

  it('is in the file of a unit, too', () => {
    const text = '[Service]\nEnvironment=A=1 "B=50%% of it"\nUser=tux\nEnvironment=C=3\n';
    expect(environmentOf({ name: 'tux.service', isUser: false, text })).toEqual({ A: '1', B: '50% of it', C: '3' });
  });

  it('is an environment, with quotes where there are blanks', () => {
    expect(parseEnvironment('A=1 "B=two words" "C=say \\"hi\\"" D=')).toEqual({
      A: '1',
      B: 'two words',
      C: 'say "hi"',
      D: '',
    });
    expect(parseEnvironment(undefined)).toEqual({});
  });
});
