/** Builds TensorFlow graphs, with types and shapes checked as they grow, derives their gradients, and runs them. */
export { Graph } from './graph.ts';
export type { Operation, Value } from './graph.ts';
export { GraphShapeError } from './shapes.ts';
export {
  applyAdam,
  applyMomentum,
  assignVariable,
  constant,
  integers,
  placeholder,
  readVariable,
  scalar,
  variable,
} from './sources.ts';
export type { Variable } from './sources.ts';
export {
  add,
  bytesOf,
  cast,
  copy,
  divide,
  first,
  greaterEqual,
  identity,
  lessEqual,
  logicalAnd,
  matMul,
  multiply,
  power,
  reciprocalSquareRoot,
  reshape,
  shapeOf,
  softmax,
  square,
  squareRoot,
  stack,
  subtract,
  sum,
  tile,
} from './math.ts';
export {
  addBias,
  convolve,
  maxPool,
  oneHot,
  relu,
  softmaxCrossEntropy,
  statelessUniform,
  tanh,
} from './layers.ts';
export { gradients } from './gradients.ts';
export { openGraph } from './session.ts';
export type { GraphSession } from './session.ts';
