/**
 * A thread that reads and decodes images: hundreds of milliseconds a second of one core, which the main thread, which
 * renews job locks, cannot spare. Reads are side by side; decoding makes the others wait, and nobody else.
 */
import { loadConfig, OpenCache, sendError } from '@alexnet/core';
import { decodeSamples, stagingOf, type DecodedSample } from '@alexnet/datasets';
import { openConfiguredReader, openConfiguredStore } from '@alexnet/pipeline';
import type { SourceReader } from '@alexnet/sources';
import type { SentSample, ThreadAnswer, ThreadRequest } from './protocol.ts';

/** A source that no job reads any more is closed after so long. */
const UNUSED_MS = 2000;
/** Sources that are open at a time, one for each dataset. */
const SOURCES = 4;

const config = loadConfig();
const store = openConfiguredStore(config);
const sources = new OpenCache<SourceReader>(SOURCES, UNUSED_MS);

export default async function answer({ addition, memory, ...request }: ThreadRequest): Promise<ThreadAnswer> {
  const { spec } = request;
  const source = `${spec.name}/${addition}`;
  try {
    const samples = await sources.use(
      source,
      () => openConfiguredReader(config, spec, stagingOf(store, spec.name)),
      (opened) => decodeSamples(opened, request, { blocking: true, memory: new Uint8Array(memory) }),
    );
    return { samples: samples.map(withoutPixels) };
  } catch (error) {
    // A file that is open may be the reason, for example on a disk that was mounted again.
    sources.forget(source);
    return { error: sendError(error) };
  }
}

function withoutPixels(sample: DecodedSample): SentSample {
  if ('quarantined' in sample) return sample;
  const { rgb, body, ...rest } = sample;
  return { ...rest, jpeg: body === rgb ? undefined : body };
}
