/** `NODE_OPTIONS=--import end-threads.mjs`: a process whose worker threads end when it gets SIGUSR2. */
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

if (threads.isMainThread) {
  const started = new Set();
  threads.Worker = class extends threads.Worker {
    constructor(...given) {
      super(...given);
      // Ending a thread while it loads a native addon would abort the process.
      this.once('message', () => started.add(this));
      this.once('exit', () => started.delete(this));
    }
  };
  syncBuiltinESMExports();
  process.on('SIGUSR2', () => started.forEach((thread) => thread.terminate()));
}
