import koffi from 'koffi';

/** Functions of glibc, which TensorFlow needs too. */
function load() {
  const library = koffi.load('libc.so.6');
  return {
    dup: library.func('int dup(int)') as (file: number) => number,
    dup2: library.func('int dup2(int, int)') as (from: number, to: number) => number,
    close: library.func('int close(int)') as (file: number) => number,
    memoryFile: library.func('int memfd_create(const char *, unsigned int)') as (
      name: string,
      flags: number,
    ) => number,
    trim: library.func('int malloc_trim(size_t)').async as (
      keep: number,
      done: (error: Error | null) => void,
    ) => void,
  };
}

let loaded: ReturnType<typeof load> | undefined;
export const libc = (): ReturnType<typeof load> => (loaded ??= load());
