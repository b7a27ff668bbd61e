"""Raw 256-pixel records to batches of random uint8 crops, in shuffled order, in tf.data's own memory. Arguments: seconds, file of records."""

import sys

import tensorflow as tf
from rounds import serve_rounds

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def augment(record):
    image = tf.reshape(tf.io.decode_raw(record, tf.uint8), (256, 256, 3))
    return tf.image.random_flip_left_right(tf.image.random_crop(image, (227, 227, 3)))


options = tf.data.Options()
options.threading.private_threadpool_size = 1
options.threading.max_intra_op_parallelism = 1
records = tf.data.FixedLengthRecordDataset(sys.argv[2], 256 * 256 * 3)
batches = iter(records.shuffle(1024).repeat().map(augment).batch(128, drop_remainder=True).with_options(options))


def work():
    return next(batches).shape[0]


serve_rounds(float(sys.argv[1]), work)
