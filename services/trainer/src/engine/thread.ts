/**
 * The thread that TensorFlow lives in: its calls are synchronous, and the main thread renews job locks. Requests are
 * answered one after the other, in order.
 */
import { parentPort } from 'node:worker_threads';
import { sendError } from '@alexnet/core';
import {
  alexnet,
  checkWeightsFinite,
  countParameters,
  createEngine,
  initialise,
  startOptimizer,
  weightsToTake,
} from '@alexnet/model';
import type { Engine, Net, Profile } from '@alexnet/model';
import { openTensorflow, type Tensorflow } from '@alexnet/tensorflow';
import { buffersOf, type EngineCalls, type EngineRequest, type EngineResponse } from './protocol.ts';

let tensorflow: Tensorflow | undefined;
let built: { net: Net; profile: Profile; engine: Engine } | undefined;

function current(): NonNullable<typeof built> {
  if (built === undefined) throw new Error('the engine is used before it is built');
  return built;
}

const calls: EngineCalls = {
  open(device) {
    tensorflow = openTensorflow({ device });
    return { device: tensorflow.device, version: tensorflow.version };
  },
  async build({ profile, classes, meanImage }) {
    if (tensorflow === undefined) throw new Error('the engine is built before TensorFlow is open');
    const before = built;
    // Where this fails, there is none.
    built = undefined;
    before?.engine.dispose();
    const net = alexnet({ ...profile.net, classes });
    built = { net, profile, engine: await createEngine({ tensorflow, net, profile, meanImage }) };
    return countParameters(net);
  },
  initialise({ seed, given }) {
    const { net, profile } = current();
    const taken = given === undefined ? [] : weightsToTake(net, given);
    calls.loadModel(new Map([...initialise(net, profile, seed), ...taken]));
  },
  load: (state) => current().engine.load(state),
  loadModel(model) {
    const { net, profile, engine } = current();
    engine.load({ model, optimizer: startOptimizer(net, profile.optimizer) });
  },
  save() {
    const state = current().engine.save();
    checkWeightsFinite(state.model);
    return state;
  },
  step({ batch, ...at }) {
    current().engine.step(batch, at);
    return batch.slices.map(({ pixels }) => pixels.buffer as ArrayBuffer);
  },
  readMetrics() {
    const { engine } = current();
    return { steps: engine.readMetrics(), tensors: engine.tensorCount() };
  },
  evaluate: ({ batch }) => current().engine.evaluate(batch),
  classify: ({ batch, views }) => current().engine.classify(batch, views),
};

async function answer({ id, call, argument }: EngineRequest): Promise<void> {
  let response: EngineResponse;
  let transfer: ArrayBuffer[] = [];
  try {
    const value = await (calls[call] as (argument: unknown) => unknown)(argument);
    if (call === 'save') {
      const { model, optimizer } = value as ReturnType<EngineCalls['save']>;
      transfer = [...buffersOf(model), ...buffersOf(optimizer)];
    }
    if (call === 'step') transfer = value as ReturnType<EngineCalls['step']>;
    response = { id, value };
  } catch (error) {
    response = { id, error: sendError(error) };
  }
  parentPort?.postMessage(response, transfer);
}

let queue = Promise.resolve();
parentPort?.on('message', (request: EngineRequest) => {
  queue = queue.then(() => answer(request));
});
