import { AlexnetError } from '@alexnet/core';

/** What is removed does not come back, so its name is given twice. @throws REQUEST_INVALID */
export function checkConfirmation(name: string, confirm: string): void {
  if (confirm === name) return;
  throw new AlexnetError('REQUEST_INVALID', {
    expected: `"confirm" to be the name, ${name}`,
    actual: JSON.stringify(confirm),
    remedy: 'Nothing was removed. Type the name again.',
  });
}
