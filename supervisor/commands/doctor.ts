import type { ExitCode } from '../../shared/exit-codes.js';
import { packageVersion } from '../../shared/package.js';
import { allChecks } from '../doctor/all-checks.js';
import { type DoctorContext, type DoctorOptions, gatherContext } from '../doctor/context.js';
import { countFindings, exitCodeOfReports, formatCounts, formatReport, nameWidth } from '../doctor/report.js';
import { type CheckReport, runChecks } from '../doctor/runner.js';

/** Where the answer is written to, and in which form. */
export interface DoctorOutput {
  readonly asJson: boolean;
  /** Columns of the terminal; infinity where there is none. */
  readonly width: number;
  write(text: string): void;
}

/**
 * `tux-supervisor doctor`: looks at everything that Tux rests on, with the bot up or down, and changes nothing.
 *
 * @returns 0 when nothing fails (warnings are allowed), 1 when something does, 78 when the configuration is not valid.
 */
export async function doctor(options: DoctorOptions, output: DoctorOutput): Promise<ExitCode> {
  const context = await gatherContext(options);
  const running = runChecks(allChecks, context);
  if (output.asJson) return answerInJson(context, await Promise.all(running), output);
  const names = nameWidth(allChecks.map(({ name }) => name));
  const reports: CheckReport[] = [];
  for (const next of running) {
    const report = await next;
    reports.push(report);
    output.write(`${formatReport(report, names, output.width)}\n`);
  }
  output.write(`\n${formatCounts(countFindings(reports))}\n`);
  return exitCodeOfReports(reports);
}

function answerInJson({ paths }: DoctorContext, reports: readonly CheckReport[], { write }: DoctorOutput): ExitCode {
  const exitCode = exitCodeOfReports(reports);
  const answer = {
    ok: exitCode === 0,
    exitCode,
    version: packageVersion(),
    stateDir: paths.stateDir,
    logDir: paths.logDir,
    counts: countFindings(reports),
    checks: reports.flatMap(({ name, findings }) =>
      findings.map(({ status, summary, fix = null }) => ({ name, status, summary, fix })),
    ),
  };
  write(`${JSON.stringify(answer, null, 2)}\n`);
  return exitCode;
}
