// `npm run dev`: compiles at each change and runs Tux against the sandbox; a cog whose files changed is loaded anew, anything
// else takes effect with `$admin restart`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

// A group of its own: the compiler is a program that starts another one, and both must end.
const compiler = spawn(
  process.execPath,
  [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'],
  { stdio: ['ignore', 'inherit', 'inherit'], detached: true },
);
const supervisor = spawn(process.execPath, [join('dist', 'supervisor', 'main.js'), 'start', '--sandbox'], {
  stdio: 'inherit',
  env: { ...process.env, TUX_DEV: 'true' },
});
// Ctrl-C and a closed window reach the supervisor from the terminal; whoever signals only this process means it, too.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('SIGTERM', () => supervisor.kill('SIGTERM'));
supervisor.on('close', (code) => {
  if (compiler.exitCode === null && compiler.signalCode === null) process.kill(-compiler.pid);
  process.exitCode = code ?? 1;
});
