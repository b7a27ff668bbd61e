/**
 * TensorFlow under Node: provision its libraries, open it on a device. `graph` builds and runs graphs.
 * The only package that imports `@tensorflow/*` (docs/decisions/0002-tensorflow-under-node.md).
 */
export { giveMemoryBack } from './memory.ts';
export { browserScript, openTensorflow } from './open.ts';
export type { Device, Tensor, Tensorflow } from './open.ts';
export { checkTensorflow } from './provision/check.ts';
export type { TensorflowCheck } from './provision/check.ts';
export { chooseVariant, provisionTensorflow } from './provision/provision.ts';
export type { Variant } from './provision/layout.ts';
