// The same for `tux-supervisor`, in place of the bot: it tells its supervisor that it is there and alive, and can be a standby.
const send = (message) => process.send(message);
const common = { protocol: 2, pid: process.pid, runId: process.env.TUX_RUN_ID, version: '0' };

process.on('message', ({ type, action }) => {
  if (type === 'activate') void live();
  if (type === 'shutdown') end(action === 'restart' ? 75 : 0);
});
process.on('disconnect', () => process.exit());
if (process.argv.includes('--standby')) {
  send({ type: 'hello', ...common, role: 'standby' });
  send({ type: 'standby', stage: 'prepared', problems: [], preparedMs: 0, rssBytes: 0 });
} else await live();

async function live() {
  await import('./first-line.mjs');
  send({ type: 'hello', ...common });
  beat(0);
  send({ type: 'ready', startupMs: 0, guilds: 0, user: 'nobody' });
}

function beat(seq) {
  const figures = { eventLoopLagMs: 0, rssBytes: 0, tasks: 0, queueDepth: 0, databaseProblem: null };
  const ages = { pingMs: null, lastDispatchAgeMs: 0, unansweredMs: 0, lastAckAgeMs: 0, downForMs: 0 };
  const gateway = { status: 'ready', guilds: 0, ...ages };
  send({ type: 'heartbeat', seq, state: 'RUNNING', degraded: false, ...figures, gateway });
  setTimeout(beat, 1_000, seq + 1);
}

function end(code) {
  const reason = { kind: 'supervisor', message: 'asked to' };
  process.send({ type: 'closing', exitCode: code, reason }, () => process.exit(code));
}
