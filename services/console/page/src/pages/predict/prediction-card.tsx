import pLimit from 'p-limit';
import { useEffect, useState } from 'preact/hooks';
import { apiPath, asError, sendFile } from '../../api/client.ts';
import type { Prediction } from '../../api/types.ts';
import { bytes, count } from '../../format/format.ts';
import { BoxedPicture } from '../../ui/boxed-picture.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Skeleton } from '../../ui/states.tsx';
import { TopBars } from '../../ui/top-bars.tsx';
import { isTooLarge, LIMITS } from './files.ts';

/** What a prediction is made from: the centre, or the mean over the ten views. */
export type Averaging = 'centre' | 'mean';

interface PredictionCardProps {
  file: File;
  run: string;
  checkpoint: string;
  averaging: Averaging;
}

export function PredictionCard({ file, run, checkpoint, averaging }: PredictionCardProps) {
  const { prediction, error } = usePrediction(file, run, checkpoint);
  return (
    <li class="prediction">
      <p class="prediction-name" title={file.name}>
        {file.name} <span class="quiet">{bytes(file.size)}</span>
      </p>
      {error !== undefined && <ErrorBox error={error} />}
      {error === undefined && prediction === undefined && <Skeleton lines={5} />}
      {prediction !== undefined && (
        <Predicted prediction={prediction} averaging={averaging} name={file.name} />
      )}
    </li>
  );
}

interface PredictedProps {
  prediction: Prediction;
  averaging: Averaging;
  name: string;
}

function Predicted({ prediction, averaging, name }: PredictedProps) {
  const { stored, storedSide, inputSide, views, step } = prediction;
  const [centre] = views;
  return (
    <>
      <div class="prediction-pair">
        <BoxedPicture
          src={stored}
          alt={`${name}, as the square of ${storedSide} pixels that it became`}
          side={storedSide}
          box={centre === undefined ? null : { ...centre, height: inputSide, width: inputSide }}
        />
        <TopBars top={prediction[averaging]} />
      </div>
      <details>
        <summary>What the net saw</summary>
        <p class="hint">
          The checkpoint of step {count(step)} looked at ten parts of {inputSide} × {inputSide} pixels: the
          centre, which the box shows, the four corners, and their mirror images.
        </p>
        <ul class="views">
          {views.map((view, i) => (
            <li key={i}>
              <View view={view} prediction={prediction} label={viewName(i, views.length)} />
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

const PLACES = ['centre', 'top left', 'top right', 'bottom left', 'bottom right'];

const viewName = (at: number, all: number): string =>
  `${PLACES[at % PLACES.length] ?? ''}${at >= all / 2 ? ', mirrored' : ''}`;

interface ViewProps {
  view: Prediction['views'][number];
  prediction: Prediction;
  label: string;
}

/** Part of the stored square, cut out by the browser. */
function View({ view: { top, left, mirrored }, prediction, label }: ViewProps) {
  const { stored, storedSide, inputSide } = prediction;
  return (
    <svg viewBox={`${left} ${top} ${inputSide} ${inputSide}`} role="img" aria-label={label}>
      <title>{label}</title>
      <image
        href={stored}
        width={storedSide}
        height={storedSide}
        {...(mirrored ? { transform: `translate(${2 * left + inputSide} 0) scale(-1 1)` } : {})}
      />
    </svg>
  );
}

interface State {
  prediction?: Prediction;
  error?: Error;
}

/** One image after the other: the server predicts no faster. */
const oneByOne = pLimit(1);

function usePrediction(file: File, run: string, checkpoint: string): State {
  const [state, setState] = useState<State>({});
  useEffect(() => {
    if (isTooLarge(file)) {
      setState({ error: new Error(`The file has more than ${LIMITS.megabytes} MiB.`) });
      return undefined;
    }
    setState({});
    const request = new AbortController();
    const { signal } = request;
    const path = `${apiPath`runs/${run}/predict`}?checkpoint=${encodeURIComponent(checkpoint)}`;
    const ask = async (): Promise<void> => {
      try {
        signal.throwIfAborted();
        setState({ prediction: await sendFile<Prediction>(path, file, signal) });
      } catch (problem) {
        if (signal.aborted) return;
        setState({ error: asError(problem) });
      }
    };
    void oneByOne(ask);
    return () => request.abort();
  }, [file, run, checkpoint]);
  return state;
}
