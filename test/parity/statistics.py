"""Mean image and principal components of a folder's pixels by numpy, in float64: python statistics.py FOLDER N

FOLDER has pixels.bin, uint8 [N, 256, 256, 3]. Prints JSON, and writes mean.bin, float64 [256, 256, 3].
"""

import json
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
images = np.fromfile(folder / "pixels.bin", np.uint8).reshape(int(sys.argv[2]), 256, 256, 3)
pixels = images.reshape(-1, 3).astype(np.float64)
covariance = np.cov(pixels, rowvar=False, bias=True)
eigenvalues, vectors = np.linalg.eigh(covariance)
images.mean(axis=0, dtype=np.float64).tofile(folder / "mean.bin")
print(json.dumps({
    "mean": pixels.mean(axis=0).tolist(),
    "covariance": covariance.tolist(),
    # In descending order, a vector in each row.
    "eigenvalues": eigenvalues[::-1].tolist(),
    "eigenvectors": vectors.T[::-1].tolist(),
}))
