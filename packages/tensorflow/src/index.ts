/**
 * TensorFlow under Node: provision its libraries, open it on a device, bring bytes onto it, run its raw operations.
 * The only package that imports `@tensorflow/*` (docs/decisions/0002-tensorflow-under-node.md).
 */
export { openTensorflow } from './open.ts';
export type { Device, Tensor, Tensorflow } from './open.ts';
export { rawOperation, rawOperations } from './operation.ts';
export type { Attributes } from './operation.ts';
export { statelessUniform, uint8Tensor } from './tensors.ts';
export { checkTensorflow } from './provision/check.ts';
export type { TensorflowCheck } from './provision/check.ts';
export { chooseVariant, provisionTensorflow } from './provision/provision.ts';
export type { Variant } from './provision/layout.ts';
