import type { Logger } from '../../shared/logging/logger.js';

const SANDBOX_COMMANDS = [
  "npx tux sandbox say '$ping'",
  "npx tux sandbox say '$help'",
  'npx tux sandbox slash queue panel',
  'npx tux sandbox tail -f',
];
const SERVER_COMMANDS = ['tux-supervisor status', 'tux-supervisor logs -f', 'tux-supervisor stop'];

/** Tells whoever sits at the terminal what can be tried now. */
export function sayWhatIsNext(log: Logger, options: { readonly sandbox: boolean }): void {
  const lines = (options.sandbox ? SANDBOX_COMMANDS : SERVER_COMMANDS).map((command) => `     ${command}`);
  log.info(
    { event: 'supervisor:next' },
    `Try, in another terminal (Ctrl-C here stops everything):\n${lines.join('\n')}`,
  );
}

/** Node reaps its own children only, and to process 1 all orphans of a container fall. */
export function warnThatWeAreNoInit(log: Logger): void {
  log.warn(
    { event: 'supervisor:no-init' },
    '⚠️ tux-supervisor is process 1 here, and no init: processes that end without a parent stay as zombies. Put one in front of it: docker run --init, or the entrypoint of the image',
  );
}
