import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import { AlexnetError } from '@alexnet/core';
import { RunProgress, showRun, type RunStatus } from '@alexnet/pipeline';
import { runJobId } from '@alexnet/queues';
import type { RunUpdate } from '../api/schemas.ts';
import type { Backend } from '../backend.ts';
import { progressFields } from './run-row.ts';

/** Of all pages together. */
const MOST_STREAMS = 500;
const POLL_MS = 500;
/** A line without meaning, so that a proxy does not take the stream for dead. */
const BEAT_MS = 15_000;
/** Of what a slow client has not taken yet; it is let go then, and connects again. */
const MOST_BUFFERED_BYTES = 1024 ** 2;

interface Followed {
  clients: Set<ServerResponse>;
  stop: AbortController;
}

/** Server-sent events of runs. A run is asked about once, however many pages follow it. */
export class RunStreams {
  readonly #backend: Backend;
  readonly #followed = new Map<string, Followed>();
  #open = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Sends a client how a run stands, about twice a second. @throws RUN_NOT_FOUND; TOO_MANY_REQUESTS */
  async follow(run: string, response: ServerResponse): Promise<void> {
    if (this.#open >= MOST_STREAMS) throw tooMany();
    this.#open += 1;
    response.on('close', () => {
      this.#open -= 1;
      this.#leave(run, response);
    });
    const before = await showRun(this.#backend.reading, run);
    if (response.destroyed) return;
    response.write(`retry: 2000\n\n${eventOf('status', updateOf(before))}`);
    let followed = this.#followed.get(run);
    if (followed === undefined) {
      followed = { clients: new Set(), stop: new AbortController() };
      this.#followed.set(run, followed);
      void this.#poll(run, before, followed);
    }
    followed.clients.add(response);
  }

  close(): void {
    for (const { clients, stop } of this.#followed.values()) {
      stop.abort();
      for (const client of clients) client.end();
    }
    this.#followed.clear();
  }

  #leave(run: string, response: ServerResponse): void {
    const followed = this.#followed.get(run);
    followed?.clients.delete(response);
    if (followed?.clients.size !== 0) return;
    followed.stop.abort();
    this.#followed.delete(run);
  }

  async #poll(run: string, before: RunStatus, { clients, stop }: Followed): Promise<void> {
    let [status, said, saidAt] = [before, eventOf('status', updateOf(before)), performance.now()];
    while (!stop.signal.aborted) {
      await sleep(POLL_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      status = (await this.#next(run, status).catch(() => undefined)) ?? status;
      const event = eventOf('status', updateOf(status));
      const now = performance.now();
      if (event === said && now - saidAt < BEAT_MS) continue;
      for (const client of clients) send(client, event === said ? ':\n\n' : event);
      [said, saidAt] = [event, now];
    }
  }

  /** Only Redis is asked while a run goes on; the store is read when that ends. */
  async #next(run: string, status: RunStatus): Promise<RunStatus> {
    const job = await this.#backend.ask(({ queues }) => queues.report('runs', runJobId(run)));
    if (job?.state === 'active' || job?.state === 'waiting') {
      const progress = RunProgress.safeParse(job.progress).data ?? status.progress;
      return { ...status, status: job.state === 'active' ? 'running' : 'queued', progress };
    }
    const isUnderWay = status.status === 'running' || status.status === 'queued';
    return isUnderWay ? await showRun(this.#backend.reading, run) : status;
  }
}

function send(client: ServerResponse, text: string): void {
  if (client.writableLength > MOST_BUFFERED_BYTES) client.destroy();
  else client.write(text);
}

function eventOf(event: string, data: RunUpdate): string {
  return `id: ${data.step}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function updateOf(status: RunStatus): RunUpdate {
  const { progress } = status;
  return {
    ...progressFields(status),
    phase: progress?.phase ?? null,
    workers: progress?.workers ?? null,
    workersWanted: progress?.workersWanted ?? null,
  };
}

const tooMany = (): AlexnetError =>
  new AlexnetError('TOO_MANY_REQUESTS', {
    expected: `at most ${MOST_STREAMS} open streams`,
    actual: 'one more',
    remedy: 'Close some pages of the console.',
  });
