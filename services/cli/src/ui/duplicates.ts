import type { DuplicateCounts } from '@alexnet/datasets';
import { plural, thousands } from './format.ts';

/**
 * Copies in one line, e.g. "2 groups of equal files (5 images); 1 near copy across splits".
 * @param leaks what became of images of train that val has a copy of
 */
export function duplicatesFound(counts: DuplicateCounts, leaks: string): string {
  const { bytes, pixels, near, conflicts } = counts;
  const { train, val } = counts.leaks;
  const parts = [
    bytes.groups > 0 && `${plural(bytes.groups, 'group')} of equal files (${thousands(bytes.images)} images)`,
    pixels.groups > 0 &&
      `${plural(pixels.groups, 'group')} of equal pixels (${thousands(pixels.images)} images)`,
    near > 0 && `${plural(near, 'pair')} of near copies across splits`,
    train > 0 &&
      `${plural(train, 'image')} of train ${train === 1 ? 'is a copy' : 'are copies'} of ${thousands(val)} of val: ${leaks}`,
    conflicts > 0 && `${thousands(conflicts)} of these under different classes`,
  ].filter((part) => part !== false);
  return parts.join('; ') || 'none';
}
