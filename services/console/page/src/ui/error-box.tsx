import { Prose } from './prose.tsx';
import { ApiProblem, NoAnswer } from '../api/client.ts';
import type { Failure } from '../api/types.ts';

/** An error, with what to do. @param title what did not work */
export function ErrorBox({ error, title }: { error: Error | Failure; title?: string }) {
  const { code, message, remedy, found } = explain(error);
  return (
    <div class="error-box" role="alert">
      <p class="error-title">
        <Prose text={title ?? message} /> {code !== '' && <code>{code}</code>}
      </p>
      {title !== undefined && (
        <p>
          <Prose text={message} />
        </p>
      )}
      {found !== '' && (
        <p class="quiet">
          <Prose text={found} />
        </p>
      )}
      {remedy !== '' && (
        <p>
          <Prose text={remedy} />
        </p>
      )}
    </div>
  );
}

function explain(error: Error | Failure) {
  if (error instanceof ApiProblem) {
    const { code, message, expected, actual, remedy } = error.details;
    const found = [expected && `Expected: ${expected}`, actual && `Found: ${actual}`];
    return { code, message, remedy, found: found.filter((text) => text !== '').join('. ') };
  }
  if (error instanceof NoAnswer) {
    return {
      code: '',
      message: error.message,
      remedy: 'Is `alexnet up` running? This page tries again.',
      found: '',
    };
  }
  if (error instanceof Error) return { code: '', message: error.message, remedy: '', found: '' };
  return { ...error, found: '' };
}
