/**
 * The layers of an exported net that TensorFlow.js does not have. A plain script: loaded after tf.min.js, it makes
 * `tf.loadLayersModel` know them. The export builds the model with this same file.
 */
/* exported alexnetLayers */
const alexnetLayers = (() => {
  const one = (inputs) => (Array.isArray(inputs) ? inputs[0] : inputs);

  /** (x - mean) / divisor, the mean having the shape of one image: what the net sees of pixels 0 … 255. */
  class SubtractMeanAndDivide extends tf.layers.Layer {
    static className = 'SubtractMeanAndDivide';

    constructor(config) {
      super(config);
      this.divisor = config.divisor;
    }

    build([, ...image]) {
      this.mean = this.addWeight('mean', image, 'float32', tf.initializers.zeros(), undefined, false);
      this.built = true;
    }

    call(inputs) {
      return tf.tidy(() => tf.div(tf.sub(one(inputs), this.mean.read()), this.divisor));
    }

    getConfig() {
      return { ...super.getConfig(), divisor: this.divisor };
    }
  }

  /** x / (bias + alpha·Σx²)^beta over the 2·depthRadius + 1 channels around each; alpha is not divided by their number. */
  class LocalResponseNormalization extends tf.layers.Layer {
    static className = 'LocalResponseNormalization';

    constructor(config) {
      super(config);
      const { depthRadius, bias, alpha, beta } = config;
      this.constants = { depthRadius, bias, alpha, beta };
    }

    call(inputs) {
      const { depthRadius, bias, alpha, beta } = this.constants;
      return tf.tidy(() => tf.localResponseNormalization(one(inputs), depthRadius, bias, alpha, beta));
    }

    getConfig() {
      return { ...super.getConfig(), ...this.constants };
    }
  }

  /** tf.layers.conv2d with groups: each sees its share of the channels, and makes its share of the filters. */
  class GroupedConvolution2D extends tf.layers.Layer {
    static className = 'GroupedConvolution2D';

    constructor(config) {
      super(config);
      const { filters, kernelSize, strides, padding, groups } = config;
      this.options = { filters, kernelSize, strides, padding, groups };
    }

    build([, , , channels]) {
      const { filters, kernelSize, groups } = this.options;
      const zeros = tf.initializers.zeros();
      const kernel = [kernelSize, kernelSize, channels / groups, filters];
      this.kernel = this.addWeight('kernel', kernel, 'float32', zeros);
      this.bias = this.addWeight('bias', [filters], 'float32', zeros);
      this.built = true;
    }

    call(inputs) {
      const { strides, padding, groups } = this.options;
      return tf.tidy(() => {
        const kernels = tf.split(this.kernel.read(), groups, 3);
        const parts = tf.split(one(inputs), groups, 3);
        const outputs = parts.map((part, group) => tf.conv2d(part, kernels[group], strides, padding));
        return tf.add(tf.concat(outputs, 3), this.bias.read());
      });
    }

    computeOutputShape([n, height, width]) {
      const { filters, kernelSize, strides, padding } = this.options;
      const window = padding === 'same' ? 1 : kernelSize;
      const slide = (length) => Math.floor((length - window) / strides) + 1;
      return [n, slide(height), slide(width), filters];
    }

    getConfig() {
      return { ...super.getConfig(), ...this.options };
    }
  }

  const layers = { SubtractMeanAndDivide, LocalResponseNormalization, GroupedConvolution2D };
  for (const layer of Object.values(layers)) tf.serialization.registerClass(layer);
  return layers;
})();
