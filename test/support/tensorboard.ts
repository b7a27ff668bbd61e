import { preparePython } from './python.ts';

/** A Python with TensorBoard's readers of event files. @throws as {@link preparePython} */
export function tensorboardPython(): Promise<string> {
  return preparePython({
    name: 'tensorboard',
    size: 'about 25 MB',
    imports: 'import tensorboard.backend.event_processing.event_accumulator',
  });
}
