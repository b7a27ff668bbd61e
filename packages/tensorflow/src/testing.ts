/** TensorFlow's operations one by one, for references that graphs are tested against. */
export { rawOperation, rawOperations } from './operation.ts';
export { statelessUniform, uint8Tensor } from './tensors.ts';
