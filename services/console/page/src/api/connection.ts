import { signal } from '@preact/signals';

/** Whether the last request got no answer. Whatever polls tries again, and the first answer ends it. */
export const connectionLost = signal(false);
