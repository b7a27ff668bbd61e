// What `helm test` asks: is the console ready, does it want the token, does it see workers and trainers?
const { CONSOLE, TOKEN, WORKERS_EXPECTED, TRAINERS_EXPECTED } = process.env;
const PATIENCE_MS = 120_000;
const WAIT_MS = 3_000;

async function ask(path, headers = {}) {
  const response = await fetch(`${CONSOLE}${path}`, { headers, signal: AbortSignal.timeout(10_000) });
  return { status: response.status, text: await response.text() };
}

const wanted = (what, expected, actual, remedy) =>
  `${what}\n  expected: ${expected}\n  actual:   ${actual}\n  remedy:   ${remedy}`;

async function problem() {
  const ready = await ask('/readyz');
  if (ready.status !== 200)
    return wanted(
      'The console is not ready.',
      '200 from /readyz',
      `${ready.status} ${ready.text}`,
      'See its log: it names what it cannot reach.',
    );
  const open = await ask('/api/v1/status');
  if (open.status !== 403)
    return wanted(
      'The console answers without its token.',
      '403',
      open.status,
      'See which pods the Service selects.',
    );
  const { status, text } = await ask('/api/v1/status', { authorization: `Bearer ${TOKEN}` });
  if (status !== 200)
    return wanted(
      'The console refuses its token.',
      '200 from /api/v1/status',
      `${status} ${text}`,
      'Restart the console after a change of the Secret.',
    );
  const { workers, trainers, redisError } = JSON.parse(text);
  if (redisError !== null)
    return wanted(
      'Redis does not answer.',
      'no error',
      JSON.stringify(redisError),
      'See the address of Redis.',
    );
  if (WORKERS_EXPECTED === 'true' && workers.length === 0)
    return wanted('No worker is alive.', 'at least one', 'none', 'See the logs of the workers.');
  if (TRAINERS_EXPECTED === 'true' && trainers === 0)
    return wanted('No trainer is connected.', 'at least one', 'none', 'See the logs of the trainers.');
  console.log(`ready: ${workers.length} workers, ${trainers} trainers`);
  return undefined;
}

const end = Date.now() + PATIENCE_MS;
for (;;) {
  const found = await problem().catch((error) =>
    wanted(
      'The console does not answer.',
      `an answer from ${CONSOLE}`,
      error.cause?.message ?? error.message,
      'See whether its pod runs.',
    ),
  );
  if (found === undefined) break;
  if (Date.now() > end) {
    console.error(found);
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
}
