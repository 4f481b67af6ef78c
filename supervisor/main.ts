#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// A supervisor has little to do and should be small: no compilers for hot code, which alone take 5 MB (regular expressions are
// compiled all the same), no more room for young objects after a busy moment, and nothing compiled that was not used since the last
// garbage collection. This must come before anything else is loaded,
// hence the imports below. See docs/decisions/0011-small-supervisor.md.
const FLAGS = ['--no-opt', '--no-maglev', '--no-sparkplug', '--semi-space-growth-factor=1', '--bytecode-old-age=1'];
for (const flag of FLAGS) setFlagsFromString(flag);

await import('../shared/zod-without-code.js'); // 0.3 MB
const { runProgram } = await import('../shared/cli/run-program.js');
const { supervisorProgram } = await import('./cli.js');

process.exit(await runProgram(supervisorProgram(), process.argv));
