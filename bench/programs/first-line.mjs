// The smallest program that is worth restarting: prints a line, notes when, and lives until it is told to end.
import { appendFileSync } from 'node:fs';

console.log('here');
appendFileSync(process.env.TUX_BENCH_LINES, `${process.pid} ${Number(process.hrtime.bigint()) / 1e6}\n`);
setInterval(() => {}, 2 ** 30);
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit());
