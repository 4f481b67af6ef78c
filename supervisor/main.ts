#!/usr/bin/env node
import { runProgram } from '../shared/cli/run-program.js';
import { supervisorProgram } from './cli.js';

process.exit(await runProgram(supervisorProgram(), process.argv));
