/**
 * Pictures of runs, as SVG: filters, predictions, learning curves, lighting. The same input gives the same bytes.
 */
export { filterGrid, filtersFigure } from './filters.ts';
export type { ColourKernel } from './filters.ts';
export { predictionsFigure } from './predictions.ts';
export type { PredictedImage } from './predictions.ts';
export { comparedCurves, learningCurves } from './curves.ts';
export type { ComparedRun, EpochResult, StepsResult } from './curves.ts';
export { lightingFigure } from './lighting.ts';
export type { LightingOptions } from './lighting.ts';
