/** The number of a noun in WordNet 3.0, which names the classes of ImageNet: `n02012849`, a crane. */
export const isWnid = (text: string): boolean => /^n\d{8}$/.test(text);

/** Of a file of the validation set, counted from 1: the place of its label in every list of labels. */
export function valNumber(name: string): number | undefined {
  const [, digits] = /(?:^|\/)ILSVRC2012_val_(\d{8})\.JPEG$/i.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
