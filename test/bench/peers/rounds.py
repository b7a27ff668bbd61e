"""The other end of `start` in child.ts: one round for each line on stdin."""

import sys
import time


def serve_rounds(seconds, work):
    """Warms up by one round, then measures. `work` does a part of the work and says how many things it did.

    A third of a round's time comes before it and does not count, as in serve-rounds.ts.
    """

    def rate(duration):
        started = time.perf_counter()
        done = 0
        while True:
            done += work()
            elapsed = time.perf_counter() - started
            if elapsed >= duration:
                return done / elapsed

    def measure():
        rate(seconds / 3)
        return rate(seconds)

    measure()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(measure(), flush=True)
