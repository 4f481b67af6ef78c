import { workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

// A thread that creates an empty database in the folder it is given, and ends. Creating one takes 800 MB of memory, which
// PGlite keeps for as long as its thread lives; serving one takes a third of that.
const database = await PGlite.create(workerData as string);
await database.close();
