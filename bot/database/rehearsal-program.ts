import { rehearseMigrations } from './rehearsal.js';

// A program that rehearses the migrations of its build, prints what went wrong as a JSON list of sentences, and ends.
const problems = await rehearseMigrations(new AbortController().signal);
process.stdout.write(JSON.stringify(problems));
