import { messageOf, settlesWithin } from '@alexnet/core';
import type { WorkInHand } from './work-in-hand.ts';

/** Throws where what it looks at keeps work from advancing. */
export type Check = () => unknown;

/** `ok`, or why not. By check. */
export type Answers = Readonly<Record<string, string>>;

/** For all checks together; they run side by side. */
const CHECK_MS = 2_000;

/** Whether work advances in a process: each check says so, within two seconds. */
export async function readiness(
  checks: Readonly<Record<string, Check>>,
): Promise<{ isReady: boolean; answers: Answers }> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await answerOf(check)] as const),
  );
  return { isReady: answers.every(([, answer]) => answer === 'ok'), answers: Object.fromEntries(answers) };
}

async function answerOf(check: Check): Promise<string> {
  try {
    const inTime = await settlesWithin(Promise.resolve().then(check), CHECK_MS);
    return inTime ? 'ok' : `no answer within ${CHECK_MS / 1000} s`;
  } catch (error) {
    return messageOf(error);
  }
}

/** A check that fails while something in hand has not advanced for so long. */
export const worksWithin =
  (work: WorkInHand, patienceMs: number): Check =>
  () => {
    const slowest = work.slowest();
    if (slowest === undefined || slowest.silentMs <= patienceMs) return;
    throw new Error(`${slowest.what}: nothing was done for ${Math.round(slowest.silentMs / 1000)} s`);
  };
