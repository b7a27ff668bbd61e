/**
 * Trained nets for other programs: as safetensors, and as a TensorFlow.js model with a page. docs/export.md.
 */
export { exportNet, FORMATS } from './export.ts';
export { checkFree } from './folder.ts';
export type { ExportedFile, Format } from './export.ts';
