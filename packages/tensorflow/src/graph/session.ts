import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AlexnetError, toAlexnetError } from '@alexnet/core';
import type { Tensor, Tensorflow } from '../open.ts';
import type { Graph } from './graph.ts';
import { savedModel, TAG } from './saved-model.ts';

export type Feeds = Readonly<Record<string, Tensor>>;
export type Fetched = Record<string, Tensor>;

/** A graph loaded into TensorFlow. Its variables live as long as it does, and all its signatures share them. */
export interface GraphSession {
  /**
   * Runs the operations that a signature's outputs need. Synchronous. Takes neither the tensors that are fed nor those
   * that it returns: both are the caller's to dispose of.
   * @throws TypeError for a name that the signature does not have, or one that it has and is not fed
   */
  run(signature: string, feeds?: Feeds): Fetched;
  close(): void;
}

type Loaded = Map<string, Awaited<ReturnType<Tensorflow['tf']['node']['loadSavedModel']>>>;

/**
 * Leaves nothing behind where it fails: neither in TensorFlow nor on the disk.
 * @throws Error with TensorFlow's words for a graph that it refuses; DISK_FULL and PERMISSION_DENIED naming the folder for
 *   temporary files, through which TensorFlow reads the graph
 */
export async function openGraph({ tf }: Tensorflow, graph: Graph): Promise<GraphSession> {
  const loaded: Loaded = new Map();
  const close = (): void => {
    for (const model of loaded.values()) model.dispose();
    loaded.clear();
  };
  try {
    await withFile(savedModel(graph), async (folder) => {
      for (const name of graph.signatures.keys())
        loaded.set(name, await tf.node.loadSavedModel(folder, [TAG], name));
    });
  } catch (error) {
    close();
    throw error;
  }
  return {
    run(signature, feeds = {}) {
      const model = loaded.get(signature);
      if (model === undefined) throw new TypeError(`the graph has no signature ${signature}`);
      return model.predict(feeds) as Fetched;
    },
    close,
  };
}

/** tfjs-node tells SavedModels apart by their folder, and reads them from there alone. */
async function withFile(bytes: Uint8Array, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = inTemporaryFolder(() => mkdtempSync(path.join(tmpdir(), 'alexnet-graph-')));
  try {
    inTemporaryFolder(() => writeFileSync(path.join(folder, 'saved_model.pb'), bytes));
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inTemporaryFolder<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const { code, actual } = toAlexnetError(cause);
    const known = code === 'DISK_FULL' || code === 'PERMISSION_DENIED' || isMissing(cause);
    if (!known) throw cause;
    throw new AlexnetError(code === 'DISK_FULL' ? 'DISK_FULL' : 'PERMISSION_DENIED', {
      expected: `to write the graph of the net into the folder for temporary files, ${tmpdir()}`,
      actual,
      remedy: 'Free some space there or correct its permissions, or set TMPDIR to another folder.',
      cause,
    });
  }
}

const isMissing = (thrown: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes(String((thrown as NodeJS.ErrnoException).code));
