/**
 * What a net is, apart from how it is computed: a list of layers whose shapes follow from each other. Shapes leave
 * out the batch: [height, width, channels] before `flatten`, [features] after it.
 */
export type Shape = readonly number[];

/** Local response normalisation: x / (bias + α·Σx²)^β over the 2·radius + 1 channels around each (paper §3.3). */
export interface ResponseNormalisation {
  depthRadius: number;
  bias: number;
  alpha: number;
  beta: number;
}

export type LayerDefinition =
  | {
      kind: 'convolution';
      name: string;
      filters: number;
      size: number;
      stride: number;
      padding: 'valid' | 'same';
      groups: number;
    }
  | { kind: 'dense'; name: string; units: number }
  | { kind: 'relu' | 'tanh' | 'flatten' }
  | { kind: 'pool'; size: number; stride: number }
  | { kind: 'dropout'; rate: number }
  | ({ kind: 'normalise' } & ResponseNormalisation);

export type Layer = LayerDefinition & { input: Shape; output: Shape };

/** What a layer is called: its own name, or its kind and place, e.g. `pool3`. */
export function layerName(layer: LayerDefinition, place: number): string {
  return 'name' in layer ? layer.name : `${layer.kind}${place}`;
}

export interface Parameter {
  /** Of the layer, e.g. conv1, and of the parameter, e.g. conv1/kernel. */
  layer: string;
  name: string;
  kind: 'kernel' | 'bias';
  /** Convolution kernels: [height, width, inputs / groups, filters]; dense ones: [inputs, units]. */
  shape: Shape;
  /** Numbers that each output of the layer is summed over; what He initialisation divides by. */
  fanIn: number;
}

export interface Net {
  input: Shape;
  /** Number of outputs: the logits. */
  classes: number;
  layers: readonly Layer[];
  parameters: readonly Parameter[];
}

/** Works out every shape and parameter. @throws RangeError for layers that do not fit together */
export function buildNet(input: Shape, definitions: readonly LayerDefinition[]): Net {
  const layers: Layer[] = [];
  const parameters: Parameter[] = [];
  let shape = input;
  for (const definition of definitions) {
    const output = outputOf(definition, shape);
    layers.push({ ...definition, input: shape, output });
    parameters.push(...parametersOf(definition, shape));
    shape = output;
  }
  const [classes] = shape;
  if (shape.length !== 1 || classes === undefined)
    throw new RangeError(`a net ends in logits, not in [${shape.join(', ')}]`);
  return { input, classes, layers, parameters };
}

export function countParameters(net: Net): number {
  return net.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** Numbers in a tensor of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

function outputOf(layer: LayerDefinition, input: Shape): Shape {
  switch (layer.kind) {
    case 'convolution': {
      const [height, width, channels] = image(layer, input);
      if (channels % layer.groups !== 0 || layer.filters % layer.groups !== 0) {
        throw new RangeError(
          `${layer.name}: ${channels} channels and ${layer.filters} filters do not split into ${layer.groups} groups`,
        );
      }
      const size = layer.padding === 'same' ? 1 : layer.size;
      return [slide(layer, height, size), slide(layer, width, size), layer.filters];
    }
    case 'pool': {
      const [height, width, channels] = image(layer, input);
      return [slide(layer, height, layer.size), slide(layer, width, layer.size), channels];
    }
    case 'normalise':
      return image(layer, input);
    case 'flatten':
      return [sizeOf(input)];
    case 'dense':
      if (input.length !== 1)
        throw new RangeError(`${layer.name} needs flat features, not [${input.join(', ')}]`);
      return [layer.units];
    case 'relu':
    case 'tanh':
    case 'dropout':
      return input;
  }
}

function image(layer: LayerDefinition, input: Shape): [number, number, number] {
  const [height, width, channels] = input;
  if (input.length !== 3 || height === undefined || width === undefined || channels === undefined)
    throw new RangeError(`${layer.kind} needs [height, width, channels], not [${input.join(', ')}]`);
  return [height, width, channels];
}

/** Positions of a window of `size` along `length`, at every `stride`th. */
function slide(layer: { kind: string; stride: number }, length: number, size: number): number {
  if (length < size) throw new RangeError(`${layer.kind}: a window of ${size} does not fit into ${length}`);
  return Math.floor((length - size) / layer.stride) + 1;
}

function parametersOf(layer: LayerDefinition, input: Shape): Parameter[] {
  const both = (name: string, kernel: Shape, outputs: number): Parameter[] => {
    const fanIn = sizeOf(kernel) / outputs;
    return [
      { layer: name, name: `${name}/kernel`, kind: 'kernel', shape: kernel, fanIn },
      { layer: name, name: `${name}/bias`, kind: 'bias', shape: [outputs], fanIn },
    ];
  };
  if (layer.kind === 'convolution') {
    const depth = image(layer, input)[2] / layer.groups;
    return both(layer.name, [layer.size, layer.size, depth, layer.filters], layer.filters);
  }
  if (layer.kind === 'dense') return both(layer.name, [sizeOf(input), layer.units], layer.units);
  return [];
}
