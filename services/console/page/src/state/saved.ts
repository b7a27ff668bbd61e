import { effect, signal, type Signal } from '@preact/signals';

/** A signal that is kept in the browser's storage. */
export function saved<T>(key: string, initial: T, isValid: (value: unknown) => value is T): Signal<T> {
  const value = signal(read(key, initial, isValid));
  effect(() => write(key, JSON.stringify(value.value)));
  return value;
}

function read<T>(key: string, initial: T, isValid: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return isValid(value) ? value : initial;
  } catch {
    return initial;
  }
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Storage can be full or switched off; then the value lasts as long as the page.
  }
}
