import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '@alexnet/core';
import type { Chronicle } from './chronicle.ts';
import { seconds } from './fault.ts';
import type { Appointment } from './schedule.ts';
import type { Testbed } from './testbed.ts';
import type { Work } from './work.ts';

/** Longest time that the work may take to go on, the operator's help included. */
const RECOVERY_MS = 180_000;
/** What the trainer has said of its step may be this old. */
const REPORT_MS = 1_000;

/** Makes one fault, mends it, and waits until the work goes on. @throws when it does not */
async function disturb(
  testbed: Testbed,
  work: Work,
  { fault, random }: Appointment,
  chronicle: Chronicle,
): Promise<void> {
  const { name } = fault;
  const at = chronicle.now();
  const before = chronicle.interventions.length;
  chronicle.begins(fault);
  const { did, holdMs, mend } = await fault.inject({ testbed, work, random });
  chronicle.note(`${name}: ${did}`);
  await work.until(() => false, holdMs);
  const came = await mend();
  chronicle.mended();
  await sleep(REPORT_MS);
  const mended = performance.now();
  const wentOn =
    work.kind === 'training'
      ? await work.beyond(work.step, RECOVERY_MS)
      : await work.until(() => false, RECOVERY_MS);
  if (!wentOn) throw new Error(`${work.name} does not go on ${seconds(RECOVERY_MS)} after ${name}`);
  const asked = chronicle.interventions.slice(before);
  if (fault.mustFail !== undefined && !asked.join().includes(fault.mustFail)) {
    chronicle.problem(`${work.name} did not fail with ${fault.mustFail} after ${name}`);
  }
  const interventions = asked.length;
  const recovery = (performance.now() - mended + REPORT_MS) / 1000;
  const outcome = [came, interventions === 0 ? 'went on by itself' : 'went on when asked again'];
  chronicle.happenings.push({
    ...{ name, at, did, interventions, recovery },
    outcome: outcome.filter((part) => part !== undefined).join('; '),
  });
  chronicle.note(`${name}: ${outcome.filter(Boolean).join('; ')} (${recovery.toFixed(1)} s)`);
}

/** Makes the faults of a schedule, one after the other, until the work is over or `until` says so. */
export async function disturbAll(
  testbed: Testbed,
  work: Work,
  appointments: Iterator<Appointment, void>,
  { chronicle, until }: { chronicle: Chronicle; until: () => boolean },
): Promise<void> {
  const isOver = (): boolean => work.over || until();
  while (!isOver()) {
    const next = appointments.next();
    if (next.done === true) return;
    await work.until(() => false, next.value.gapMs);
    if (isOver()) return;
    try {
      await disturb(testbed, work, next.value, chronicle);
    } catch (error) {
      throw new Error(`${next.value.fault.name}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Waits for work and for what disturbs it. When one of them fails the other one is ended, and its failure thrown. */
export async function together<T>(work: Work, result: Promise<T>, disturbance: Promise<void>): Promise<T> {
  const ended = disturbance.catch((error: unknown) => {
    work.over = true;
    throw error;
  });
  const [first, second] = await Promise.allSettled([result, ended]);
  if (second.status === 'rejected') throw second.reason;
  if (first.status === 'rejected') throw first.reason;
  return first.value;
}
