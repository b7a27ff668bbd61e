import type { CheckpointManifest, CheckpointWriter, SaveRequest } from '@alexnet/checkpoints';

/** Uploads checkpoints beside training: at most one at a time, and a failure comes up at the next call. */
export class BackgroundSaver {
  readonly #writer: CheckpointWriter;
  #upload: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;
  #latest: string | null;

  constructor(writer: CheckpointWriter, latest: string | null) {
    this.#writer = writer;
    this.#latest = latest;
  }

  /** Name of the newest checkpoint that is whole. */
  get latest(): string | null {
    return this.#latest;
  }

  /** Waits for the upload before this one, then begins. @throws what the upload before failed with */
  async save(request: SaveRequest): Promise<void> {
    await this.settled();
    this.#upload = this.#writer.save(request).then(
      (manifest: CheckpointManifest) => {
        this.#latest = manifest.name;
      },
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  /** @throws what an upload failed with: a trainer that cannot save, or has lost its run, must not go on */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for the upload in hand. @throws what it failed with */
  async settled(): Promise<void> {
    await this.#upload;
    this.check();
  }
}
