#!/usr/bin/env node
import { runProgram } from '../../shared/cli/run-program.js';
import { tuxProgram } from './program.js';

process.exit(await runProgram(tuxProgram(), process.argv));
