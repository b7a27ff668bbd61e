import { signal } from '@preact/signals';

/** Milliseconds since 1970, each second, for relative times. */
export const now = signal(Date.now());

export const startClock = (): void => void setInterval(() => (now.value = Date.now()), 1_000);
