import { findMinio, startMinio } from '@alexnet/local';
import { describe } from 'vitest';
import { cacheDir, isThere, s3Backend } from './backends.ts';
import { objectStoreContract } from './object-store.ts';

const there = isThere('MinIO', await findMinio(cacheDir));

describe.skipIf(!there)('with MinIO', () => objectStoreContract('MinIO', () => s3Backend(startMinio)));
