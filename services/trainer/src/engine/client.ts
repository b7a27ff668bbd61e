import { createRequire } from 'node:module';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { AlexnetError, messageOf, receiveError } from '@alexnet/core';
import type { Batch } from '@alexnet/model';
import {
  buffersOf,
  type EngineCall,
  type EngineCalls,
  type EngineRequest,
  type EngineResponse,
  type Result,
} from './protocol.ts';

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: AlexnetError) => void;
}

/** The engine thread, seen from the main thread. */
export class EngineClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #idleSince = performance.now();
  #idleMs = 0;
  readonly #death = new AbortController();

  constructor() {
    // By the package's own import map, so that every importer gets the built file.
    const file = createRequire(import.meta.url).resolve('#engine-thread');
    // TensorFlow reads the environment of the process.
    this.#worker = new Worker(file, { env: SHARE_ENV });
    this.#worker.on('message', (response: EngineResponse) => this.#receive(response));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', (code) => this.#die(new Error(`the thread ended with code ${code}`)));
  }

  /**
   * Sends a call; the buffers of a batch or a state go with it and are no longer readable here.
   * @throws ENGINE_FAILED when the thread has ended, or does before it answers; what the call throws
   */
  call<C extends EngineCall>(call: C, ...args: Parameters<EngineCalls[C]>): Promise<Result<C>> {
    if (this.died.aborted) return Promise.reject(this.died.reason as AlexnetError);
    if (this.#pending.size === 0) this.#idleMs += performance.now() - this.#idleSince;
    const id = this.#nextId++;
    const argument: unknown = args[0];
    const result = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call, argument } satisfies EngineRequest, transferable(call, argument));
    });
    return result as Promise<Result<C>>;
  }

  /** Aborts when the thread has ended, with ENGINE_FAILED, for callers that wait for something else meanwhile. */
  get died(): AbortSignal {
    return this.#death.signal;
  }

  /** Milliseconds so far in which the engine had nothing to do. */
  idleMs(): number {
    const now = performance.now();
    return this.#idleMs + (this.#pending.size === 0 ? now - this.#idleSince : 0);
  }

  /** Ends the thread: calls that are not answered yet fail. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(response: EngineResponse): void {
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (this.#pending.size === 0) this.#idleSince = performance.now();
    if ('error' in response) pending?.reject(receiveError(response.error));
    else pending?.resolve(response.value);
  }

  #die(cause: unknown): void {
    // An error comes before the end that it brings about.
    if (this.died.aborted) return;
    const death = new AlexnetError('ENGINE_FAILED', {
      expected: 'the engine thread to run until it is asked to end',
      actual: messageOf(cause),
      remedy: 'The run goes on from its last checkpoint by itself; where it fails again, see the cause.',
      cause,
    });
    for (const { reject } of this.#pending.values()) reject(death);
    this.#pending.clear();
    this.#idleSince = performance.now();
    this.#death.abort(death);
  }
}

function transferable(call: EngineCall, argument: unknown): ArrayBuffer[] {
  if (call === 'load') {
    const { model, optimizer } = argument as Parameters<EngineCalls['load']>[0];
    return [...buffersOf(model), ...buffersOf(optimizer)];
  }
  if (call === 'initialise') {
    const { given } = argument as Parameters<EngineCalls['initialise']>[0];
    return given === undefined ? [] : buffersOf(given);
  }
  if (call === 'loadModel') return buffersOf(argument as Parameters<EngineCalls['loadModel']>[0]);
  if (call === 'step') return batchBuffers((argument as Parameters<EngineCalls['step']>[0]).batch);
  if (call === 'evaluate' || call === 'classify')
    return batchBuffers((argument as Parameters<EngineCalls['evaluate']>[0]).batch);
  return [];
}

function batchBuffers({ slices }: Batch): ArrayBuffer[] {
  return slices.map(({ pixels }) => pixels.buffer as ArrayBuffer);
}
