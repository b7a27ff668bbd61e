"""The other end of `start` in child.ts: one round for each line on stdin."""

import sys
import time


def serve_rounds(seconds, work):
    """Warms up by one round, then measures. `work` does a part of the work and says how many things it did."""

    def measure():
        started = time.perf_counter()
        done = 0
        while True:
            done += work()
            elapsed = time.perf_counter() - started
            if elapsed >= seconds:
                return done / elapsed

    measure()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(measure(), flush=True)
