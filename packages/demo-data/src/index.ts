/**
 * The demo pictures: emoji of seven artists' sets as class folders, six to train and the seventh held out.
 */
export { prepareEmoji } from './prepare.ts';
export type { PreparedEmoji, PrepareOptions } from './prepare.ts';
