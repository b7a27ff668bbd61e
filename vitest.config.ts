import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const minutes = 60_000;

/** How long a test waits for something to become true, however busy the machine is. */
const waits = { poll: { timeout: 1.5 * minutes } };

/** Unit tests sit beside their source; what crosses packages is in test/. All of them use the built packages. */
export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    // Measured on two cores: with two workers a quarter of the processor time is idle, since many tests wait.
    maxWorkers: availableParallelism() + 1,
    coverage: {
      provider: 'v8',
      include: ['{packages,services}/*/src/**/*.ts', 'infra/local/src/**/*.ts'],
      exclude: ['**/testing*.ts', '**/testing/**', '**/*-binary.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{packages,services}/*/src/**/*.test.ts',
            'services/console/page/src/**/*.test.ts',
            'infra/local/src/**/*.test.ts',
            'test/bench/**/*.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'architecture',
          include: ['test/architecture/**/*.test.ts'],
          testTimeout: 2 * minutes,
          hookTimeout: 2 * minutes,
        },
      },
      {
        test: {
          name: 'contracts',
          expect: waits,
          include: ['test/contracts/**/*.test.ts'],
          testTimeout: 2 * minutes,
          hookTimeout: 2 * minutes,
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['test/fuzz/**/*.test.ts'],
          testTimeout: 5 * minutes,
          hookTimeout: 10 * minutes,
        },
      },
      {
        test: {
          name: 'parity',
          include: ['test/parity/**/*.test.ts'],
          testTimeout: 15 * minutes,
          // Makes the Python environment where there is none yet.
          hookTimeout: 15 * minutes,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'browser',
          expect: waits,
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 5 * minutes,
          hookTimeout: 5 * minutes,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          // Libraries colour their output under CI too, and colours would split what tests look for.
          env: { NO_COLOR: '1' },
          expect: waits,
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 5 * minutes,
          hookTimeout: 5 * minutes,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/*.test.ts'],
          testTimeout: 15 * minutes,
          hookTimeout: 2 * minutes,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // Minutes, and only of interest when the suite or what it breaks changes: `npm run mutants`.
        test: {
          name: 'mutants',
          include: ['test/faults/mutants/*.test.ts'],
          testTimeout: 15 * minutes,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
