import { directoryBackend } from './backends.ts';
import { objectStoreContract } from './object-store.ts';

objectStoreContract('a directory', directoryBackend);
