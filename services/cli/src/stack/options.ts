import { Option } from 'commander';

export function deviceOption(): Option {
  return new Option('--device <device>', 'auto takes the GPU where TensorFlow finds one')
    .choices(['auto', 'cpu', 'gpu'])
    .default('auto');
}

export function storeOption(): Option {
  return new Option('--s3 <store>', 'object store: a directory, or MinIO')
    .choices(['directory', 'minio'])
    .default('directory');
}
