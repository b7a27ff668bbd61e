import { CheckpointReader } from '@alexnet/checkpoints';
import { pick, type Fault, type Scene } from '../fault.ts';

/** Updates after which a run has a checkpoint, and an earlier one. */
const ENOUGH_STEPS = 12;
const ENOUGH_MS = 120_000;

/** One bit of the weights of the newest checkpoint is another one when the trainer restores it. */
export const checkpointCorrupt: Fault = {
  name: 'checkpoint with one bit flipped',
  during: ['training'],
  mayFail: [],
  mustFail: 'CHECKPOINT_CORRUPT',
  inject: (scene) =>
    whileTrainerIsDown(scene, async ({ testbed, work, random }) => {
      const { store } = testbed.pipeline;
      const { name, model } = await new CheckpointReader(store, work.name).manifest('latest');
      const bytes = await store.get(model.key);
      const at = random.integer(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.integer(8)), at);
      await store.put(model.key, bytes);
      return `byte ${at} of ${name}`;
    }),
};

/** `LATEST` says that there is a checkpoint which is not. */
export const latestMissing: Fault = {
  name: 'LATEST names a missing step',
  during: ['training'],
  mayFail: [],
  mustFail: 'CHECKPOINT_NOT_FOUND',
  inject: (scene) =>
    whileTrainerIsDown(scene, async ({ testbed, work }) => {
      const { store } = testbed.pipeline;
      const pointer = await new CheckpointReader(store, work.name).latestPointer();
      if (pointer === undefined) throw new Error(`${work.name} has no LATEST`);
      const checkpoint = 'step-00099999-1';
      const value = { ...pointer.value, checkpoint, step: 99_999 };
      await store.put(`runs/${work.name}/LATEST`, Buffer.from(JSON.stringify(value)));
      return checkpoint;
    }),
};

type Harm = (bytes: Buffer, scene: Scene) => Buffer | undefined;

/** Ways in which an object is damaged; undefined: it is deleted. */
const HARMS: readonly { name: string; harm: Harm }[] = [
  {
    name: 'a flipped bit',
    harm: (bytes, { random }) => {
      const at = random.integer(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.integer(7)), at);
      return bytes;
    },
  },
  { name: 'cut in half', harm: (bytes) => bytes.subarray(0, bytes.length >> 1) },
  { name: 'empty', harm: () => Buffer.alloc(0) },
  { name: 'deleted', harm: () => undefined },
];

/** `BEST` is unreadable or gone. It says what can be found out again: no person is needed. */
export const bestDamaged: Fault = {
  name: 'BEST damaged',
  during: ['training'],
  mayFail: [],
  inject: (scene) =>
    whileTrainerIsDown(scene, async (at) => {
      const { store } = at.testbed.pipeline;
      const key = `runs/${at.work.name}/BEST`;
      const object = await store.getWithEtag(key);
      if (object === undefined) return 'there was none yet';
      const { name, harm } = pick(at.random, HARMS);
      const damaged = harm(object.body, at);
      if (damaged === undefined) await store.delete(key);
      else await store.put(key, damaged);
      return name;
    }),
};

async function whileTrainerIsDown(
  scene: Scene,
  damage: (scene: Scene) => Promise<string>,
): ReturnType<Fault['inject']> {
  const { testbed, work } = scene;
  await work.until(() => work.step >= ENOUGH_STEPS, ENOUGH_MS);
  await testbed.trainer.kill();
  const did = await damage(scene);
  return {
    did,
    holdMs: 0,
    async mend() {
      await testbed.trainer.revive();
      return undefined;
    },
  };
}
