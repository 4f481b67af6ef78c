// `npm run dev`: compiles at each change and runs Tux against the sandbox; a cog whose files changed is loaded anew, anything
// else takes effect with `$admin restart`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const compiler = spawn(
  process.execPath,
  [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
const supervisor = spawn(process.execPath, [join('dist', 'supervisor', 'main.js'), 'start', '--sandbox'], {
  stdio: 'inherit',
  env: { ...process.env, TUX_DEV: 'true' },
});
// Ctrl-C reaches all of us from the terminal; whoever signals only this process means the supervisor.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => supervisor.kill('SIGTERM'));
supervisor.on('close', (code) => {
  compiler.kill();
  process.exitCode = code ?? 1;
});
