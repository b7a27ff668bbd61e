import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { readFatal } from './program.ts';

const PROGRAM = pathToFileURL(createRequire(import.meta.url).resolve('../dist/index.js')).href;

interface Ending {
  code: number;
  lines: {
    level: number;
    msg: string;
    error: { code: string; stack: string; cause?: { message: string } };
  }[];
  reported: string | undefined;
}

/** Runs the body of a service's main function. */
async function run(
  body: string,
  afterStart?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ending> {
  const script = `
    import { AlexnetError, runService, untilStopped } from '${PROGRAM}';
    runService('test', async (stopping) => { console.log('ready'); ${body} });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  let reported: string | undefined;
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stdout?.once('data', () => afterStart?.((signal) => child.kill(signal)));
  child.on('message', (message) => (reported = readFatal(message)?.code));
  const [code] = (await once(child, 'close')) as [number];
  const lines = text.split('\n').filter((line) => line !== '');
  return { code, lines: lines.map((line) => JSON.parse(line) as Ending['lines'][number]), reported };
}

const DENIED = `new AlexnetError('DEVICE_UNAVAILABLE', { expected: 'a', actual: 'b', remedy: 'c', cause: new Error('why') })`;

it('writes its fatal error as one JSON line with code, stack and cause, and tells its parent', async () => {
  const { code, lines, reported } = await run(`throw ${DENIED};`);
  expect([code, reported, lines.length]).toEqual([1, 'DEVICE_UNAVAILABLE', 1]);
  expect(lines[0]).toMatchObject({
    level: 60,
    error: { code: 'DEVICE_UNAVAILABLE', cause: { message: 'why' } },
  });
  expect(lines[0]?.error.stack).toContain('at ');
});

it.each([
  [
    'is thrown where nobody catches it',
    `setTimeout(() => { throw ${DENIED}; }); await new Promise(() => setInterval(() => {}, 1e6));`,
  ],
  [
    'rejects a promise that nobody awaits',
    `void Promise.reject(${DENIED}); await new Promise(() => setInterval(() => {}, 1e6));`,
  ],
])('does so too when an error %s', async (_, body) => {
  const { code, lines, reported } = await run(body);
  expect([code, reported, lines.length]).toEqual([1, 'DEVICE_UNAVAILABLE', 1]);
});

it('ends with code 0 when it is asked to stop while it waits for something that hangs', async () => {
  const body = `await untilStopped(new Promise(() => setInterval(() => {}, 1e6)), stopping, 10);`;
  expect(await run(body, (kill) => kill('SIGTERM'))).toEqual({ code: 0, lines: [], reported: undefined });
});
