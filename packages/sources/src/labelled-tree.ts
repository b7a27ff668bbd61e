import type { FileTree, Item, Label, Source, SourceFile } from './source.ts';

/** What a published dataset says of its files. */
export interface Labelling {
  /** What it is called. */
  format: string;
  /** Of a file, by its name in the tree; undefined for one that is not used. */
  labelOf: (name: string) => Label | undefined;
  words?: ReadonlyMap<string, string> | undefined;
}

/** Files of a tree, of which something else than their folders says what they show. */
export class LabelledTree implements Source {
  readonly url: string;
  readonly format: string;
  readonly isLabelled = true;
  readonly #tree: FileTree;
  readonly #labelling: Labelling;

  constructor(tree: FileTree, labelling: Labelling) {
    this.url = tree.url;
    this.format = labelling.format;
    this.#tree = tree;
    this.#labelling = labelling;
  }

  async *list(): AsyncGenerator<SourceFile> {
    for await (const file of this.#tree.list()) {
      const label = file.clutter === undefined ? this.#labelling.labelOf(file.name) : undefined;
      yield label === undefined ? file : { ...file, label };
    }
  }

  async read(item: Item): Promise<Buffer> {
    return await this.#tree.read(item);
  }

  words(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.#labelling.words ?? new Map());
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }
}

/** Labels by split and class, of which there is one object each however many files have it. */
export function labels(): (split: Label['split'], name: string) => Label {
  const known = new Map<string, Label>();
  return (split, name) => {
    const key = `${split}/${name}`;
    const label = known.get(key) ?? { split, class: name };
    known.set(key, label);
    return label;
  };
}
