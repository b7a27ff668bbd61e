import { preparePython } from './python.ts';

/** A Python with pyarrow. @throws as {@link preparePython} */
export function tablesPython(): Promise<string> {
  return preparePython({
    name: 'tables',
    size: 'about 50 MB',
    imports: 'import pyarrow.parquet',
  });
}
