import { DeadlineError, deadline } from '../../shared/deadline.js';
import { describeError, isTuxError } from '../../shared/errors.js';
import { isRefusal } from '../../shared/not-allowed.js';
import { redact } from '../../shared/redact.js';
import { type Check, DEFAULT_LIMIT_MS, type Finding, fail, skipped } from './check.js';
import type { DoctorContext } from './context.js';

/** What one check found. */
export interface CheckReport {
  readonly name: string;
  readonly findings: readonly Finding[];
}

/**
 * Starts all checks at once. Each has a deadline of its own, and one that breaks is a finding; no promise rejects.
 *
 * @returns a promise for each check, in their order, so that the first lines can be shown while the last are looked into.
 */
export function runChecks(checks: readonly Check[], context: DoctorContext): Promise<CheckReport>[] {
  return checks.map(async (check) => {
    const findings = await runCheck(check, context);
    return { name: check.name, findings: findings.map((finding) => withoutSecrets(finding, context.secrets)) };
  });
}

async function runCheck(check: Check, context: DoctorContext): Promise<readonly Finding[]> {
  const limitMs = check.limitMs ?? DEFAULT_LIMIT_MS;
  try {
    const found = await deadline(check.name, limitMs, (signal) => check.run(context, signal), undefined, context.clock);
    return 'status' in found ? [found] : found;
  } catch (error) {
    return [findingOf(error)];
  }
}

function findingOf(error: unknown): Finding {
  if (error instanceof DeadlineError) {
    return fail(
      `no result within ${error.limitMs / 1_000} s`,
      'see what hangs: a disk, the network, or the machine as a whole',
    );
  }
  // Who may not look into a folder hears so once, from the check of that folder.
  if (isRefusal(error)) return skipped('no permission to look');
  const message = isTuxError(error) ? error.message : describeError(error);
  const hint = isTuxError(error) ? error.hint : undefined;
  return fail(`could not be checked: ${message}`, hint ?? 'report this, with what tux-supervisor logs shows');
}

function withoutSecrets(finding: Finding, secrets: readonly string[]): Finding {
  const summary = redact(finding.summary, secrets);
  return finding.fix === undefined
    ? { ...finding, summary }
    : { ...finding, summary, fix: redact(finding.fix, secrets) };
}
