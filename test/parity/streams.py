"""Random streams by numpy, and tests of a distribution by scipy: python streams.py SEED PURPOSE A B COUNT NORMALS

Philox 4x32-10 as its authors describe it (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
SC 2011). The key is (SEED, PURPOSE), the counter (i, 0, A, B) for block i. NORMALS is a file of float64 that are said to
be standard normal.
"""

import json
import sys

import numpy as np
from scipy import stats

MASK = np.uint64(0xFFFFFFFF)


def philox(counter, key):
    """Blocks of four words: counter uint64 [blocks, 4], key [2], all below 2^32."""
    c0, c1, c2, c3 = counter.T.copy()
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for _ in range(10):
        first, second = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1 = (second >> np.uint64(32)) ^ c1 ^ k0, second & MASK
        c2, c3 = (first >> np.uint64(32)) ^ c3 ^ k1, first & MASK
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & MASK, (k1 + np.uint64(0xBB67AE85)) & MASK
    return np.stack([c0, c1, c2, c3], axis=1)


def words(seed, purpose, a, b, count):
    counter = np.zeros((count // 4 + 1, 4), np.uint64)
    counter[:, 0], counter[:, 2], counter[:, 3] = np.arange(len(counter)), a, b
    return philox(counter, (seed, purpose)).ravel()[:count]


def normals(drawn):
    """Box and Muller: pairs of words make pairs of numbers."""
    first, second = drawn[0::2].astype(np.float64), drawn[1::2].astype(np.float64)
    radius = np.sqrt(-2 * np.log((first + 1) / 2**32))
    angle = 2 * np.pi * second / 2**32
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()


def shuffled(length, drawn):
    """Fisher and Yates, from the last place down; words that would favour some places are passed over."""
    items, source = list(range(length)), iter(int(word) for word in drawn)
    for place in range(length - 1, 0, -1):
        bound = place + 1
        word = next(word for word in source if word < 2**32 - 2**32 % bound)
        items[place], items[word % bound] = items[word % bound], items[place]
    return items


def main():
    seed, purpose, a, b, count = (int(value) for value in sys.argv[1:6])
    drawn = words(seed, purpose, a, b, 2 * count)
    said = np.fromfile(sys.argv[6])
    print(json.dumps({
        "words": drawn[:count].tolist(),
        "normals": normals(drawn)[:count].tolist(),
        "shuffled": shuffled(count, drawn),
        "kolmogorovSmirnov": float(stats.kstest(said, "norm").pvalue),
        "skewness": float(stats.skewtest(said).pvalue),
        "kurtosis": float(stats.kurtosistest(said).pvalue),
    }))


if __name__ == "__main__":
    main()
