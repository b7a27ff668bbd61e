import type { ComponentChildren } from 'preact';
import type { RunDetails, SystemStatus } from '../../api/types.ts';
import { bytes, count, percent, plural } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { flowOf, sumOfWorkers, wantedText } from './pipeline.ts';

/** The way of the images from the source to the weights, and who waits for whom. */
export function PipelineStrip({ run, system }: { run: RunDetails; system: SystemStatus }) {
  const workers = sumOfWorkers(system);
  const flow = flowOf(run, workers);
  const slices = system.queues.find(({ name }) => name === 'slices');
  const used = system.redis.reduce((sum, { usedBytes }) => sum + (usedBytes ?? 0), 0);
  const stored = run.checkpoints.reduce((sum, { bytes: size }) => sum + size, 0);
  return (
    <Section title="Pipeline" class="pipeline-card">
      <p class={flow.slowest === undefined ? 'flow' : 'flow attention'} aria-live="polite">
        {flow.text} <span class="quiet">{wantedText(run, workers)}</span>
      </p>
      <ol class="pipeline">
        <Stage name="Source" figure={`${count(run.images.train)} images`}>
          {run.dataset}
        </Stage>
        <Stage
          name="Workers"
          figure={`${count(workers.imagesPerSecond)} images/s`}
          isSlowest={flow.slowest === 'workers'}
        >
          {workers.busy === null
            ? 'none alive'
            : `${plural(workers.count, 'worker')}, ${percent(workers.busy)} busy`}
        </Stage>
        <Stage name="Redis" figure={bytes(used)} isSlowest={flow.slowest === 'redis'}>
          {slices === undefined
            ? 'unknown'
            : `slices: ${count(slices.active)} in work, ${count(slices.waiting)} waiting`}
        </Stage>
        <Stage
          name="Trainer"
          figure={run.imagesPerSecond === null ? 'idle' : `${count(run.imagesPerSecond)} images/s`}
          isSlowest={flow.slowest === 'trainer'}
        >
          {run.dataWait === null
            ? 'makes no step of this run'
            : `waits for ${percent(run.dataWait)} of its time`}
        </Stage>
        <Stage name="Store" figure={bytes(stored)}>
          {plural(run.checkpoints.length, 'checkpoint')}
        </Stage>
      </ol>
    </Section>
  );
}

interface StageProps {
  name: string;
  figure: string;
  isSlowest?: boolean;
  children: ComponentChildren;
}

function Stage({ name, figure, isSlowest = false, children }: StageProps) {
  return (
    <li class={isSlowest ? 'stage slowest' : 'stage'}>
      <span class="stage-name">
        {name}
        {isSlowest && <span class="mark attention">slowest</span>}
      </span>
      <strong>{figure}</strong>
      <span class="quiet">{children}</span>
    </li>
  );
}
