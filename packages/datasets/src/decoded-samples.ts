import { openReader, type ItemProblem, type SourceReader, type Split } from '@alexnet/sources';
import { encodeJpeg, type DecodeOptions, type ImageWarning } from '@alexnet/images';
import { sha256Hex } from '@alexnet/storage';
import { fingerprintOf } from './fingerprints.ts';
import type { PlannedSample } from './plan-format.ts';
import { readImage } from './read-image.ts';
import type { QuarantineRecord } from './shard-format.ts';
import type { DatasetSpec } from './spec.ts';
import { valuesOf } from './sums.ts';

/** A sample as it goes into its shard, or to quarantine: plain values, which may come from another thread. */
export type DecodedSample =
  | {
      /** uint8 [side, side, 3] */
      rgb: Uint8Array;
      /** What the shard holds: `rgb` itself, or a JPEG of it. */
      body: Uint8Array;
      fingerprint: Uint8Array;
      warning: ImageWarning | undefined;
    }
  | { quarantined: QuarantineRecord };

export interface DecodeRequest {
  spec: DatasetSpec;
  split: Split;
  /** Read side by side. */
  samples: readonly PlannedSample[];
}

export interface DecodedSamples {
  /** In the order of the samples. */
  samples: readonly DecodedSample[];
  /** Call it when nobody looks at their bytes any more: the memory is used for others then. */
  release: () => void;
}

/** Reads and decodes samples of a source, in this thread or in others. */
export interface SampleDecoder {
  /** Requests that keep it busy. */
  readonly requestsAtOnce: number;
  /** @throws what is wrong with the source as a whole */
  decode(request: DecodeRequest): Promise<DecodedSamples>;
}

/** Samples of a request at most. */
export const REQUEST_SAMPLES = 8;

/** In the thread that calls it, which never waits for long; pictures are decoded in libuv's pool. */
export function decoderOf(source: SourceReader): SampleDecoder {
  return { requestsAtOnce: 1, decode: async (request) => keeping(await decodeSamples(source, request)) };
}

/** In the thread that calls it. Opens the source of the dataset for each request. */
export const openingDecoder: SampleDecoder = {
  requestsAtOnce: 1,
  async decode(request) {
    const source = await openReader(request.spec.source);
    try {
      return keeping(await decodeSamples(source, request));
    } finally {
      await source.close();
    }
  },
};

/** In memory of their own. */
const keeping = (samples: DecodedSample[]): DecodedSamples => ({ samples, release: () => undefined });

/**
 * @param blocking whether the thread may wait for an image to be decoded, which is quicker
 * @param memory receives their pixels, uint8 [samples, side, side, 3]
 */
export async function decodeSamples(
  source: SourceReader,
  { spec, split, samples }: DecodeRequest,
  { blocking = false, memory }: { blocking?: boolean; memory?: Uint8Array } = {},
): Promise<DecodedSample[]> {
  const bytes = valuesOf(spec.side);
  const decoding = samples.map((sample, i) => {
    const into = memory?.subarray(i * bytes, (i + 1) * bytes);
    return decodeSample(source, { spec, split, blocking, into }, sample);
  });
  // Where one fails, the source may be closed as soon as nobody reads it.
  await Promise.allSettled(decoding);
  return await Promise.all(decoding);
}

async function decodeSample(
  source: SourceReader,
  { spec, split, ...options }: Pick<DecodeRequest, 'spec' | 'split'> & DecodeOptions,
  [name, label, size, known, at]: PlannedSample,
): Promise<DecodedSample> {
  const { encoding, side, strict } = spec;
  const read = await readImage(
    source,
    { name, size, at, problem: known ?? undefined },
    {
      ...options,
      side,
    },
  );
  const quarantine = ({ reason, detail }: ItemProblem): DecodedSample => {
    const sha256 = read.bytes === undefined ? null : sha256Hex(read.bytes);
    return { quarantined: { split, name, reason, detail, bytes: read.size, sha256 } };
  };
  if ('problem' in read) return quarantine(read.problem);
  const { pixels: rgb, warning } = read.square;
  if (warning !== undefined && strict === true)
    return quarantine({ reason: 'decoder-warning', detail: `a warning about ${warning}, and --strict` });
  const fingerprint = fingerprintOf(read.bytes, rgb, side, label);
  return { rgb, body: encoding === 'jpg' ? await encodeJpeg(rgb, side) : rgb, fingerprint, warning };
}

/** A request takes the memory of its files: large ones come in few. */
const MOST_BYTES = 16 * 1024 ** 2;

/** The samples in requests, in their order. */
export function* requestsOf(samples: readonly PlannedSample[]): Generator<PlannedSample[]> {
  let request: PlannedSample[] = [];
  let bytes = 0;
  for (const sample of samples) {
    const [, , size] = sample;
    if (request.length === REQUEST_SAMPLES || (request.length > 0 && bytes + size > MOST_BYTES)) {
      yield request;
      [request, bytes] = [[], 0];
    }
    request.push(sample);
    bytes += size;
  }
  if (request.length > 0) yield request;
}
