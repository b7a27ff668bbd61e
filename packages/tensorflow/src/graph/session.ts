import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
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

/** @throws Error with TensorFlow's words for a graph that it refuses */
export async function openGraph({ tf }: Tensorflow, graph: Graph): Promise<GraphSession> {
  // tfjs-node tells SavedModels apart by their folder, and reads them from there alone.
  const folder = mkdtempSync(path.join(tmpdir(), 'alexnet-graph-'));
  const loaded = new Map<string, Awaited<ReturnType<typeof tf.node.loadSavedModel>>>();
  try {
    writeFileSync(path.join(folder, 'saved_model.pb'), savedModel(graph));
    for (const name of graph.signatures.keys())
      loaded.set(name, await tf.node.loadSavedModel(folder, [TAG], name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    run(signature, feeds = {}) {
      const model = loaded.get(signature);
      if (model === undefined) throw new TypeError(`the graph has no signature ${signature}`);
      return model.predict(feeds) as Fetched;
    },
    close() {
      for (const model of loaded.values()) model.dispose();
    },
  };
}
