import { useState } from 'preact/hooks';
import { apiPath, asError, post } from '../../api/client.ts';
import type { Evaluation, PredictSamples, SamplePredictions, TopClasses } from '../../api/types.ts';
import { percent } from '../../format/format.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { TopBars } from '../../ui/top-bars.tsx';

const SHOWN = 24;

/**
 * The validation images that the net is most sure about, and wrong. The report has the wrong class of each and its probability;
 * the other probable classes are computed when they are asked for.
 */
export function Mistakes({ run, evaluation }: { run: string; evaluation: Evaluation }) {
  const mistakes = evaluation.mistakes.slice(0, SHOWN);
  const { tops, error, isAsking, ask } = useTops(run, evaluation, mistakes);
  return (
    <>
      <div class="card-head">
        <h3>The most confident mistakes</h3>
        {tops === undefined && (
          <ActionButton unavailable={isAsking ? 'They are being computed.' : undefined} onClick={ask}>
            {isAsking ? 'Computing …' : 'Show the top-5 classes'}
          </ActionButton>
        )}
      </div>
      {error !== undefined && <ErrorBox error={error} title="The top-5 classes could not be computed." />}
      {tops === undefined ? (
        <ul class="samples">
          {mistakes.map(({ name, class: truth, predicted, probability, url }) => (
            <li key={url}>
              <img src={url} alt={`${truth}: ${name}`} title={name} loading="lazy" width={112} height={112} />
              <span>
                {predicted} {percent(probability)}
              </span>
              <span class="quiet">is {truth}</span>
            </li>
          ))}
        </ul>
      ) : (
        <ul class="predictions mistakes">
          {mistakes.map(({ name, class: truth, sample, url }) => (
            <li key={url} class="prediction">
              <div class="prediction-pair">
                <span class="picture">
                  <img
                    src={url}
                    alt={`${truth}: ${name}`}
                    title={name}
                    loading="lazy"
                    width={112}
                    height={112}
                  />
                </span>
                <div class="mistake">
                  <p>
                    is <strong>{truth}</strong>
                  </p>
                  <TopBars top={tops.get(sample) ?? []} truth={truth} />
                </div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface Tops {
  /** Of each sample. */
  tops: ReadonlyMap<number, TopClasses> | undefined;
  error: Error | undefined;
  isAsking: boolean;
  ask: () => void;
}

function useTops(run: string, { checkpoint, views }: Evaluation, mistakes: Evaluation['mistakes']): Tops {
  const [answer, setAnswer] = useState<{ of: string; tops: Tops['tops'] }>();
  const [error, setError] = useState<Error>();
  const [isAsking, setAsking] = useState(false);
  const key = `${checkpoint} ${views}`;
  const load = async (): Promise<void> => {
    setAsking(true);
    setError(undefined);
    const body: PredictSamples = { checkpoint, samples: mistakes.map(({ sample }) => sample) };
    try {
      const { predictions } = await post<SamplePredictions>(apiPath`runs/${run}/predict/samples`, body);
      // As the report predicted: from the centre, or with the mean over ten views.
      const averaging = views === 1 ? 'centre' : 'mean';
      setAnswer({ of: key, tops: new Map(predictions.map((each) => [each.sample, each[averaging]])) });
    } catch (problem) {
      setError(asError(problem));
    } finally {
      setAsking(false);
    }
  };
  return { tops: answer?.of === key ? answer.tops : undefined, error, isAsking, ask: () => void load() };
}
