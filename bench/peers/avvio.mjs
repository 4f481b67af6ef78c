// Starts and stops so many plugins that do nothing, so many times: see ../lifecycle.ts. Prints the times in ms as JSON.
import avvio from 'avvio';

const [count, rounds] = process.argv.slice(2).map(Number);
const times = [];
while (times.length < rounds) {
  const startedAt = performance.now();
  const app = avvio({}, { autostart: false, expose: { close: 'end' } });
  for (let n = 0; n < count; n += 1) app.use(async (server) => void server.onClose(async () => {}));
  app.start();
  await app.ready();
  const upAt = performance.now();
  await app.close();
  times.push({ start: upAt - startedAt, stop: performance.now() - upAt });
}
console.log(JSON.stringify(times));
