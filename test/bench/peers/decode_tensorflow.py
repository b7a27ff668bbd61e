"""JPEG files to uint8 [256, 256, 3] with tf.data. Arguments: seconds, folder.

Bilinear without antialiasing, tf.image's default, though it aliases: the fastest that a user would write.
"""

import sys
from pathlib import Path

import tensorflow as tf
from rounds import serve_rounds

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
files = [file.read_bytes() for file in sorted(Path(sys.argv[2]).iterdir())]


def square(data):
    image = tf.io.decode_jpeg(data, channels=3)
    shape = tf.shape(image)[:2]
    scale = 256 / tf.reduce_min(shape)
    size = tf.cast(tf.round(tf.cast(shape, tf.float64) * scale), tf.int32)
    scaled = tf.image.resize(image, size)
    top, left = (size[0] - 256) // 2, (size[1] - 256) // 2
    return tf.cast(tf.round(scaled[top : top + 256, left : left + 256]), tf.uint8)


options = tf.data.Options()
options.threading.private_threadpool_size = 1
options.threading.max_intra_op_parallelism = 1
dataset = tf.data.Dataset.from_tensor_slices(files).map(square).with_options(options)


def work():
    return sum(1 for _ in dataset)


serve_rounds(float(sys.argv[1]), work)
