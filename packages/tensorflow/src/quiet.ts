import koffi from 'koffi';
import { captureStderr } from './stderr.ts';

/** Of TensorFlow 2.21; Abseil's name for a version of it changes with TensorFlow's. */
const SET_LEAST_LEVEL = '_ZN4absl12lts_2025081414SetMinLogLevelENS0_18LogSeverityAtLeastE';
const FATAL = 3;

/**
 * Loads TensorFlow without its log on stderr. `said` is what it wrote meanwhile: warnings and errors, and notices from before
 * it has read its settings. Afterwards only the last words of a crash are written. Where `TF_CPP_MIN_LOG_LEVEL` is set,
 * TensorFlow logs as that says.
 */
export function quietly<T>(load: () => T): { result: T; said: string } {
  if (process.env['TF_CPP_MIN_LOG_LEVEL'] !== undefined) return { result: load(), said: '' };
  const results: T[] = [];
  process.env['TF_CPP_MIN_LOG_LEVEL'] = '1';
  const { said, error } = captureStderr(() => {
    results.push(load());
  });
  delete process.env['TF_CPP_MIN_LOG_LEVEL'];
  const [result] = results;
  if (result === undefined) throw withCause(error, said);
  silence();
  return { result, said };
}

function silence(): void {
  const library = koffi.load('libtensorflow_framework.so.2');
  try {
    (library.func(SET_LEAST_LEVEL, 'void', ['int']) as (level: number) => void)(FATAL);
  } catch {
    // Another version of TensorFlow, which goes on logging its warnings.
  }
}

function withCause(error: unknown, said: string): unknown {
  if (said === '' || !(error instanceof Error)) return error;
  let last = error;
  while (last.cause instanceof Error) last = last.cause;
  last.cause = new Error(said);
  return error;
}
