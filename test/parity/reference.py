"""AlexNet in JAX, as a reference for the net that packages/model trains: python reference.py FOLDER [options].

Written from the paper (Krizhevsky, Sutskever, Hinton: "ImageNet classification with deep convolutional neural networks",
NIPS 2012) and from the primitives of JAX, which differentiates it. It shares no code with packages/model, only what
case.ts writes into FOLDER:

    case.json                layers in order, optimiser, learning rate of each step, divisor, labels [steps][n]
    pixels.bin               uint8 [steps, n, height, width, 3]
    inputs.safetensors       mean [height, width, 3], lighting [steps, n, 3], both on the scale of 0 ... 255
    kept-LAYER.bin           uint8 [steps, n, units]: 1 where the dropout of that layer keeps an output
    initial.safetensors      weights before the first step, named and shaped as docs/data-formats.md says
    activations.safetensors  ours, of the first batch: what each layer gives, by its place in the list of layers
    gradients.safetensors    ours, of the first batch's mean loss
    trained.safetensors      ours, weights after the last step

Prints as JSON how far ours is from the reference: norms of differences over norms of the reference.
"""

import argparse
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from safetensors.numpy import load_file

MAPS = ("NHWC", "HWIO", "NHWC")


def convolve(x, layer, kernel, bias):
    stride = (layer["stride"], layer["stride"])
    y = lax.conv_general_dilated(
        x, kernel, stride, layer["padding"].upper(), dimension_numbers=MAPS, feature_group_count=layer["groups"]
    )
    return y + bias


def normalise(a, layer):
    """Section 3.3: b_i = a_i / (k + alpha * sum of a_j^2 over the channels j from i - n/2 to i + n/2) ^ beta."""
    radius, channels = layer["depthRadius"], a.shape[-1]
    squares = jnp.pad(a * a, ((0, 0), (0, 0), (0, 0), (radius, radius)))
    total = sum(squares[..., shift : shift + channels] for shift in range(2 * radius + 1))
    return a / (layer["bias"] + layer["alpha"] * total) ** layer["beta"]


def pool(x, layer):
    window, strides = (1, layer["size"], layer["size"], 1), (1, layer["stride"], layer["stride"], 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, strides, "VALID")


def run_layer(layer, x, weights, kept):
    """One layer; `kept` is the mask of a dropout."""
    match layer["kind"]:
        case "convolution":
            return convolve(x, layer, weights[layer["name"] + "/kernel"], weights[layer["name"] + "/bias"])
        case "dense":
            return x @ weights[layer["name"] + "/kernel"] + weights[layer["name"] + "/bias"]
        case "relu":
            return jnp.maximum(x, 0)
        case "tanh":
            return jnp.tanh(x)
        case "normalise":
            return normalise(x, layer)
        case "pool":
            return pool(x, layer)
        case "flatten":
            return x.reshape(x.shape[0], -1)
        case "dropout":
            # The paper halves all outputs when testing; doubling those that are kept in training is the same.
            return x * kept / (1 - layer["rate"])
        case kind:
            raise ValueError(f"no such layer: {kind}")


def forward(layers, weights, images, masks):
    """What each layer gives, in order; the last are the logits."""
    outputs, x = [], images
    for place, layer in enumerate(layers):
        x = run_layer(layer, x, weights, masks.get(str(place)))
        outputs.append(x)
    return outputs


def mean_loss(weights, layers, images, labels, masks):
    outputs = forward(layers, weights, images, masks)
    chosen = jnp.take_along_axis(jax.nn.log_softmax(outputs[-1]), labels[:, None], axis=1)
    return -jnp.mean(chosen), outputs


def paper_rule(w, v, g, rate, momentum, decay):
    """Section 5: the rate is inside v."""
    v = momentum * v - decay * rate * w - rate * g
    return w + v, v


def framework_rule(w, v, g, rate, momentum, decay):
    """As PyTorch's SGD and TensorFlow's MomentumOptimizer have it: the rate is outside of v."""
    v = momentum * v + g + decay * w
    return w - rate * v, v


RULES = {"paper": paper_rule, "framework": framework_rule}


class Case:
    def __init__(self, folder, dtype):
        self.folder, self.dtype = pathlib.Path(folder), dtype
        for key, value in json.loads((self.folder / "case.json").read_text()).items():
            setattr(self, key, value)
        self.labels = jnp.asarray(self.labels)
        steps, n = self.labels.shape
        inputs = load_file(self.folder / "inputs.safetensors")
        self.mean, self.lighting = inputs["mean"], inputs["lighting"]
        self.pixels = self.read_bytes("pixels", (steps, n, *self.mean.shape))
        self.kept = {
            str(place): self.read_bytes(f"kept-{place}", (steps, n, *layer["output"]))
            for place, layer in enumerate(self.layers)
            if layer["kind"] == "dropout"
        }
        self.initial = {name: value.astype(dtype) for name, value in self.load("initial").items()}

    def read_bytes(self, name, shape):
        return np.fromfile(self.folder / f"{name}.bin", np.uint8).reshape(shape)

    def load(self, name):
        return load_file(self.folder / f"{name}.safetensors")

    def batch(self, step):
        """Images less the mean, labels and masks of one step."""
        pixels = self.pixels[step].astype(self.dtype)
        lighting = self.lighting[step].astype(self.dtype)[:, None, None, :]
        images = (pixels - self.mean.astype(self.dtype) + lighting) / self.dtype(self.inputDivisor)
        masks = {place: kept[step].astype(self.dtype) for place, kept in self.kept.items()}
        return images, self.labels[step], masks


def difference(ours, reference):
    reference = np.asarray(reference, np.float64)
    return float(np.linalg.norm(ours.astype(np.float64) - reference) / np.linalg.norm(reference))


def first_batch(case, gradient_of):
    (loss, outputs), gradients = gradient_of(case.initial, *case.batch(0))
    ours = case.load("activations")
    activations = [
        {"name": layer.get("name", layer["kind"]), "shape": layer["output"], "difference": difference(ours[str(place)], output)}
        for place, (layer, output) in enumerate(zip(case.layers, outputs))
    ]
    ours = case.load("gradients")
    return float(loss), activations, {name: difference(ours[name], value) for name, value in gradients.items()}


def train(case, gradient_of, rule):
    """Weights after every step has been taken, and the loss of each step."""
    weights, losses = dict(case.initial), []
    velocities = {name: np.zeros_like(value) for name, value in weights.items()}
    for number, rate in enumerate(case.rates):
        (loss, _), gradients = gradient_of(weights, *case.batch(number))
        losses.append(float(loss))
        for name, gradient in gradients.items():
            of_bias = case.optimizer["bias"] if name.endswith("/bias") else {"rate": 1, "decay": True}
            decay = case.optimizer["weightDecay"] if of_bias["decay"] else 0
            weights[name], velocities[name] = rule(
                weights[name],
                velocities[name],
                np.asarray(gradient),
                of_bias["rate"] * rate,
                case.optimizer["momentum"],
                decay,
            )
    return weights, losses


def compare(case, rule):
    """`rule` is None where only the first batch is to be compared."""
    gradient_of = jax.jit(
        jax.value_and_grad(lambda weights, *batch: mean_loss(weights, case.layers, *batch), has_aux=True)
    )
    loss, activations, gradients = first_batch(case, gradient_of)
    trained, losses = train(case, gradient_of, rule) if rule else ({}, [loss])
    ours = case.load("trained") if rule else {}
    parameters = [
        {"name": name, "shape": start.shape, "gradient": gradients[name], **weight_differences(ours, trained, name, start)}
        for name, start in case.initial.items()
    ]
    return {"losses": losses, "activations": activations, "parameters": parameters}


def weight_differences(ours, trained, name, start):
    """Of the weights after training, and as a share of the way that they went."""
    if name not in trained:
        return {"weight": None, "way": None}
    end = np.asarray(trained[name], np.float64)
    return {
        "weight": difference(ours[name], end),
        "way": difference(ours[name].astype(np.float64) - start, end - start),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--precision", choices=["float32", "float64"], default="float64")
    parser.add_argument("--rule", choices=list(RULES), default="paper")
    parser.add_argument("--first-batch-only", action="store_true")
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", options.precision == "float64")
    case = Case(options.folder, {"float32": np.float32, "float64": np.float64}[options.precision])
    print(json.dumps(compare(case, None if options.first_batch_only else RULES[options.rule])))


if __name__ == "__main__":
    main()
