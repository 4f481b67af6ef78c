import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../shared/logging/logger.js';
import { packageRoot } from '../../shared/package.js';

const SANDBOX_COMMANDS = [
  "tux sandbox say '$ping'",
  "tux sandbox say '$help'",
  'tux sandbox slash queue panel',
  'tux sandbox tail -f',
];
const SERVER_COMMANDS = ['tux-supervisor status', 'tux-supervisor logs -f', 'tux-supervisor stop'];

/** Tells whoever sits at the terminal what can be tried now. */
export function sayWhatIsNext(log: Logger, options: { readonly sandbox: boolean }): void {
  const before = needsNpx() ? 'npx ' : '';
  const lines = (options.sandbox ? SANDBOX_COMMANDS : SERVER_COMMANDS).map((command) => `     ${before}${command}`);
  log.info(
    { event: 'supervisor:next' },
    `Try, in another terminal (Ctrl-C here stops everything):\n${lines.join('\n')}`,
  );
}

/** Our commands are in PATH when the package is installed globally; in a checkout, or as a dependency, only npx finds them. */
function needsNpx(): boolean {
  return ['node_modules', '..'].some((place) => existsSync(join(packageRoot(), place, '.bin/tux')));
}

/** Node reaps its own children only, and to process 1 all orphans of a container fall. */
export function warnThatWeAreNoInit(log: Logger): void {
  log.warn(
    { event: 'supervisor:no-init' },
    '⚠️ tux-supervisor is process 1 here, and no init: processes that end without a parent stay as zombies. Put one in front of it: docker run --init, or the entrypoint of the image',
  );
}
