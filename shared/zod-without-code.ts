import { config } from 'zod';

// To be imported before any module that has a schema. zod writes a function for each schema when it is first used, which takes a
// millisecond where a plain check takes a few microseconds. Most schemas of ours check a message now and then, or a file at the
// start; 200,000 jobs are read as fast without (`npm run bench rehydration`).
config({ jitless: true });
