/**
 * What a run made, for other programs: its net as safetensors or as a TensorFlow.js model with a page, and its history for
 * TensorBoard. docs/export.md.
 */
export { exportNet, FORMATS } from './export.ts';
export { exportEvents } from './tensorboard.ts';
export { checkFree } from './folder.ts';
export type { ExportedFile, Format } from './export.ts';
