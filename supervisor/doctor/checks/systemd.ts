import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatDuration } from '../../../shared/cli/format.js';
import { environmentSchema } from '../../../shared/config/schema.js';
import { describeError } from '../../../shared/errors.js';
import { packageFile } from '../../../shared/package.js';
import { SIGTERM_GRACE_MS } from '../../worker/stop-escalation.js';
import { type Check, type Finding, fail, ok, quoted, skipped, warn } from '../check.js';
import {
  parseEnvironment,
  parseSpan,
  realSystemd,
  type Systemd,
  type Unit,
  type UnitProperties,
} from '../systemd-units.js';

/** What a unit is compared with. */
export interface Installation {
  readonly node: string;
  readonly program: string;
  readonly stateDir: string;
  readonly stopTimeoutMs: number;
}

/** Whether the service that runs Tux runs this installation, comes up with the machine, and leaves a stop its time. */
export function systemdCheck(systemd: Systemd = realSystemd): Check {
  return {
    name: 'systemd',
    async run({ paths, env }, signal) {
      if (!systemd.isRunning()) return skipped('systemd does not run this machine');
      const units = systemd.findUnits();
      if (units.length === 0) return skipped('no service runs Tux; tux-supervisor systemd install makes one');
      const installation = {
        node: process.execPath,
        program: packageFile('dist/supervisor/main.js'),
        stateDir: paths.stateDir,
        stopTimeoutMs: env.TUX_STOP_TIMEOUT_MS ?? environmentSchema.shape.TUX_STOP_TIMEOUT_MS.parse(undefined),
      };
      const judged = units.map(async (unit) => {
        try {
          return judgeUnit(unit, await systemd.show(unit, signal), installation);
        } catch (error) {
          // Without D-Bus systemd answers root only.
          return [skipped(`${unit.name} is there, but systemd does not answer this user: ${describeError(error)}`)];
        }
      });
      return (await Promise.all(judged)).flat();
    },
  };
}

function judgeUnit(unit: Unit, properties: UnitProperties, installation: Installation): Finding[] {
  const problems = [
    ...judgeProgram(unit, properties, installation),
    ...judgeTimes(unit, properties, installation),
    ...judgeRest(unit, properties),
  ];
  return problems.length > 0 ? problems : [ok(`${unit.name} runs this installation and comes up with the machine`)];
}

function judgeProgram({ name }: Unit, properties: UnitProperties, installation: Installation): Finding[] {
  // `{ path=/usr/bin/node ; argv[]=/usr/bin/node /opt/tux/dist/supervisor/main.js start ; ignore_errors=no ; … }`
  const words = /argv\[\]=(.*?) ; /.exec(properties.ExecStart ?? '')?.[1]?.split(' ') ?? [];
  const [first = ''] = words;
  const script = words.find((word) => word.endsWith('supervisor/main.js')) ?? first;
  const program = resolve(properties.WorkingDirectory?.replace(/^!|^~$/, '') || '/', script);
  const anew = 'write it anew: tux-supervisor systemd install';
  if (!existsSync(program)) return [fail(`${name} runs ${program}, which does not exist`, anew)];
  if (script !== first && !existsSync(first)) return [fail(`${name} runs ${first}, which does not exist`, anew)];
  if (real(program) !== real(installation.program)) {
    return [
      warn(`${name} runs another installation: ${program}`, `ask that one: ${quoted(first)} ${quoted(program)} doctor`),
    ];
  }
  const findings: Finding[] = [];
  if (script !== first && real(first) !== real(installation.node)) {
    findings.push(warn(`${name} runs it with ${first}, this is ${installation.node}`, anew));
  }
  const environment = parseEnvironment(properties.Environment);
  const stateDir = environment.TUX_STATE_DIR;
  if (stateDir !== undefined && resolve(stateDir) !== installation.stateDir) {
    const settings = Object.entries(environment).filter(([key]) => key.startsWith('TUX_'));
    const variables = settings.map(([key, value]) => quoted(`${key}=${value}`)).join(' ');
    const user = properties.User ? `sudo -u ${quoted(properties.User)} ` : '';
    const command = `${user}env ${variables} ${quoted(first)} ${quoted(program)} doctor`;
    findings.push(warn(`${name} keeps its state in ${stateDir}, not in ${installation.stateDir}`, command));
  }
  return findings;
}

function judgeTimes({ name }: Unit, properties: UnitProperties, { stopTimeoutMs }: Installation): Finding[] {
  const findings: Finding[] = [];
  const needed = stopTimeoutMs + SIGTERM_GRACE_MS;
  const stop = parseSpan(properties.TimeoutStopUSec);
  if (stop !== null && stop <= needed) {
    const summary = `${name} kills Tux ${formatDuration(stop)} after a stop began; it may need ${formatDuration(needed)}`;
    findings.push(warn(summary, edit(name, `TimeoutStopSec=${Math.ceil(needed / 1_000) + 12}`)));
  }
  const watchdog = parseSpan(properties.WatchdogUSec);
  if (watchdog === 0 || watchdog === Number.POSITIVE_INFINITY) {
    const summary = `${name} has no watchdog: nobody notices a supervisor that is frozen`;
    findings.push(warn(summary, edit(name, 'Type=notify, WatchdogSec=30')));
  }
  return findings;
}

function judgeRest({ name, isUser }: Unit, properties: UnitProperties): Finding[] {
  const systemctl = isUser ? 'systemctl --user' : 'sudo systemctl';
  const findings: Finding[] = [];
  if (properties.NeedDaemonReload === 'yes') {
    findings.push(warn(`${name} was changed, and systemd has not read it anew`, `${systemctl} daemon-reload`));
  }
  const state = properties.UnitFileState;
  if (state !== undefined && !state.startsWith('enabled')) {
    findings.push(
      warn(`${name} does not come up with the machine (${state || 'not enabled'})`, `${systemctl} enable ${name}`),
    );
  }
  if (!/\b78\b/.test(properties.RestartPreventExitStatus ?? '')) {
    const summary = `${name} is started again and again when only a human can put it right (exit 78)`;
    findings.push(warn(summary, edit(name, 'RestartPreventExitStatus=78')));
  }
  return findings;
}

function edit(name: string, settings: string): string {
  return `systemctl edit ${name}: [Service] ${settings}`;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
