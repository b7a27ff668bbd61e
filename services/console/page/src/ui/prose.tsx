/** A sentence in which `backticks` mark code, as the messages of alexnet have it. */
export function Prose({ text }: { text: string }) {
  return <>{text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>;
}

/** The same where only text can be, as in a tooltip. */
export const plainText = (text: string): string => text.replaceAll('`', '');
