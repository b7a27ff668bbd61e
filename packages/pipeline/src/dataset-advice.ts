import type { Manifest } from '@alexnet/datasets';

/** Fewer train images of a class than this rarely teach a net from scratch anything about it. */
const FEW_IMAGES = 20;
const NAMED_CLASSES = 5;

export interface DatasetAdvice {
  code: 'no-validation' | 'single-image' | 'few-images' | 'class-without-validation';
  message: string;
}

/** What is known of a dataset before training that makes a good result unlikely, or leaves it unmeasured. */
export function adviseOnDataset({
  classes,
  splits,
  classCounts,
}: Pick<Manifest, 'classes' | 'splits' | 'classCounts'>): DatasetAdvice[] {
  const advice: DatasetAdvice[] = [];
  if (splits.val.count === 0) {
    advice.push({
      code: 'no-validation',
      message:
        'The dataset has no validation images: nothing will show how well the net does on images it has not seen. ' +
        'Add it again with --val-fraction 0.1.',
    });
  }
  if (classCounts === undefined) return advice;
  const { train, val } = classCounts;
  const where = (fits: (label: number) => boolean): string[] => classes.filter((_, label) => fits(label));
  const single = where((label) => train[label] === 1);
  const few = where((label) => (train[label] ?? 0) > 1 && (train[label] ?? 0) < FEW_IMAGES);
  const unseen = where((label) => val[label] === 0);
  if (single.length > 0)
    advice.push({
      code: 'single-image',
      message: `${listed(single)} with one train image: a net cannot learn a class from one image.`,
    });
  if (few.length > 0)
    advice.push({
      code: 'few-images',
      message: `${listed(few)} with fewer than ${FEW_IMAGES} train images: expect little, or fine-tune a trained net with --from.`,
    });
  if (splits.val.count > 0 && unseen.length > 0)
    advice.push({
      code: 'class-without-validation',
      message: `${listed(unseen)} without validation images: the validation error says nothing about them.`,
    });
  return advice;
}

/** e.g. "2 of the classes (cat, dog)". */
function listed(classes: readonly string[]): string {
  const names = classes.slice(0, NAMED_CLASSES).join(', ') + (classes.length > NAMED_CLASSES ? ', …' : '');
  return classes.length === 1 ? `1 class (${names})` : `${classes.length} classes (${names})`;
}
