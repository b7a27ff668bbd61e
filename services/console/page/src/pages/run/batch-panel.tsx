import { useEffect, useMemo, useState } from 'preact/hooks';
import { apiPath } from '../../api/client.ts';
import type { Batch, BatchImage, RunDetails } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { count } from '../../format/format.ts';
import { BoxedPicture } from '../../ui/boxed-picture.tsx';
import { Field } from '../../ui/field.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';

/** What the net saw in a past step. @param picked a step that was clicked on in the curves */
export function BatchPanel({ run, picked }: { run: RunDetails; picked: number | undefined }) {
  const [text, setText] = useState('');
  const [step, setStep] = useState<number>();
  useEffect(() => {
    if (picked !== undefined) setText(String(picked));
  }, [picked]);
  const last = run.step - 1;
  const show = (): void => setStep(Number(text));
  // Its images stay as they are while the run goes on.
  const batch = useMemo(
    () => step !== undefined && <BatchView key={step} run={run.run} step={step} />,
    [run.run, step],
  );
  return (
    <Section title="Batch">
      <form
        class="toolbar batch-form"
        onSubmit={(event) => {
          event.preventDefault();
          show();
        }}
      >
        <Field
          label="Step"
          hint={last < 0 ? 'No step is made yet.' : `0 to ${count(last)}, or click on a curve.`}
        >
          {(id, hintId) => (
            <input
              id={id}
              aria-describedby={hintId}
              type="number"
              required
              min={0}
              max={Math.max(0, last)}
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="button plain" disabled={last < 0}>
          Show the batch
        </button>
      </form>
      {batch}
    </Section>
  );
}

function BatchView({ run, step }: { run: string; step: number }) {
  const batch = useResource<Batch>(apiPath`runs/${run}/batches/${step}`);
  return (
    <Loaded from={batch} problem={`The batch of step ${step} could not be made again.`}>
      {(data) => (
        <>
          <p>
            Step {count(data.step)}: batch {count(data.batch)} of epoch {count(data.epoch)},{' '}
            {count(data.images.length)} images. <Proof batch={data} />
          </p>
          <div class="scroll-box batch-box" role="group" aria-label={`Images of step ${step}`} tabIndex={0}>
            <ul class="batch">
              {data.images.map((image) => (
                <BatchCard key={image.sample} image={image} batch={data} />
              ))}
            </ul>
          </div>
        </>
      )}
    </Loaded>
  );
}

function Proof({ batch: { proven, slices } }: { batch: Batch }) {
  const digests = slices.map(({ digest, recordedDigest }) => `${digest} / ${recordedDigest}`).join('\n');
  return proven ? (
    <span class="state state-done" title={digests}>
      <span class="dot" aria-hidden="true" />
      proven: the digests are those of the ledger
    </span>
  ) : (
    <span class="state state-failed" title={digests}>
      <span class="dot" aria-hidden="true" />
      not proven: the digests differ from the ledger
    </span>
  );
}

function BatchCard({ image, batch: { storedSide, inputSide } }: { image: BatchImage; batch: Batch }) {
  const { name, class: label, crop, mirrored, lighting, erased, stored, seen } = image;
  const light = lighting.map((value) =>
    value >= 0 ? `+${value.toFixed(1)}` : value.toFixed(1).replace('-', '−'),
  );
  return (
    <li class="batch-card">
      <div class="pair">
        <BoxedPicture
          src={stored}
          alt={`${label}, as stored`}
          side={storedSide}
          box={{ ...crop, height: inputSide, width: inputSide }}
        />
        <BoxedPicture src={seen} alt={`${label}, as the net saw it`} side={inputSide} box={erased} />
      </div>
      <p class="batch-class">{label}</p>
      <p class="quiet batch-name" title={name}>
        {name}
      </p>
      <p class="quiet">
        crop {crop.left}, {crop.top}
        {mirrored && ' · mirrored'} · light {light.join(' ')}
        {erased !== null && ' · erased'}
      </p>
    </li>
  );
}
