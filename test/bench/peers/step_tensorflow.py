"""AlexNet's training step as one tf.function, with the paper's update. Arguments: seconds, float32 or bfloat16, batch size."""

import sys

import alexnet_shapes as net
import tensorflow as tf
from rounds import serve_rounds

compute = tf.bfloat16 if sys.argv[2] == "bfloat16" else tf.float32


def made(*shape):
    return tf.Variable(tf.random.normal(shape, stddev=0.01)), tf.Variable(tf.zeros(shape[-1:]))


parameters, channels = [], 3
for filters, size, _, _ in net.CONVOLUTIONS:
    parameters.append(made(size, size, channels, filters))
    channels = filters
features = channels * 6 * 6
for units in net.DENSE:
    parameters.append(made(features, units))
    features = units
variables = [variable for pair in parameters for variable in pair]
velocities = [tf.Variable(tf.zeros_like(variable)) for variable in variables]

pixels, labels, lighting = (tf.constant(array) for array in net.batch())
mean = tf.fill((net.SIDE, net.SIDE, 3), 120.0)


def logits_of(images):
    x = tf.cast(images, compute)
    for i, (_, _, stride, padding) in enumerate(net.CONVOLUTIONS):
        kernel, bias = (tf.cast(variable, compute) for variable in parameters[i])
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, stride, "SAME" if padding else "VALID"), bias))
        if i in net.NORMALISED:
            x = tf.cast(tf.nn.local_response_normalization(tf.cast(x, tf.float32), 2, 2, 1e-4, 0.75), compute)
        if i in net.POOLED:
            x = tf.nn.max_pool2d(x, 3, 2, "VALID")
    x = tf.reshape(x, [-1, channels * 6 * 6])
    for i in range(3):
        kernel, bias = (tf.cast(variable, compute) for variable in parameters[5 + i])
        x = tf.nn.bias_add(tf.matmul(x, kernel), bias)
        if i < 2:
            x = tf.nn.dropout(tf.nn.relu(x), 0.5)
    return tf.cast(x, tf.float32)


@tf.function
def step(pixels, labels, lighting):
    images = tf.cast(pixels, tf.float32) - mean + lighting[:, None, None, :]
    with tf.GradientTape() as tape:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits_of(images))
        loss = tf.reduce_mean(losses)
    for variable, velocity, gradient in zip(variables, velocities, tape.gradient(loss, variables)):
        decayed = net.DECAY * net.RATE * variable
        velocity.assign(net.MOMENTUM * velocity - decayed - net.RATE * gradient)
        variable.assign_add(velocity)
    return loss


def work():
    assert step(pixels, labels, lighting).numpy() > 0
    return net.BATCH


serve_rounds(float(sys.argv[1]), work)
