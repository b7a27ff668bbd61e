import { apiPath } from '../../api/client.ts';
import type { Evaluation, Evaluations } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { count, loss, percent } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { ConfusionMatrix } from './confusion-matrix.tsx';
import { Mistakes } from './mistakes.tsx';
import { TableHead } from '../../ui/table-head.tsx';

const EVERY_MS = 10_000;

/** How well the newest checkpoint that was evaluated recognises the validation images. */
export function EvaluationSection({ run }: { run: string }) {
  const evaluations = useResource<Evaluations>(apiPath`runs/${run}/evaluations`, EVERY_MS);
  const [first] = evaluations.data?.evaluations ?? [];
  return (
    <Section
      title="Evaluation"
      aside={first && <span class="quiet">checkpoint of step {count(first.step)}</span>}
    >
      <Loaded from={evaluations} problem="The evaluations could not be read.">
        {({ evaluations: all }) =>
          all.length === 0 ? (
            <Empty title="Not evaluated yet">
              <p>Evaluate measures a checkpoint class by class, and shows the most confident mistakes.</p>
            </Empty>
          ) : (
            <EvaluationReport run={run} all={all} />
          )
        }
      </Loaded>
    </Section>
  );
}

function EvaluationReport({ run, all }: { run: string; all: Evaluation[] }) {
  const [first] = all;
  if (first === undefined) return null;
  return (
    <>
      <Errors all={all} />
      <div class="columns">
        <div>
          <h3>Classes, the worst first</h3>
          <Classes classes={first.classes} />
        </div>
        {first.confusionMatrix !== null && (
          <div>
            <h3>Confusion matrix</h3>
            <ConfusionMatrix {...first.confusionMatrix} />
          </div>
        )}
      </div>
      {first.mistakes.length > 0 && <Mistakes run={run} evaluation={first} />}
    </>
  );
}

function Errors({ all }: { all: Evaluation[] }) {
  return (
    <table class="table">
      <TableHead
        columns={[
          'Views',
          { number: 'Images' },
          { number: 'Top-1 error' },
          { number: 'Top-5 error' },
          { number: 'Loss' },
        ]}
      />
      <tbody>
        {all.map((each) => (
          <tr key={each.views}>
            <th scope="row">{each.views === 1 ? 'centre' : 'ten, averaged'}</th>
            <td class="number">{count(each.images)}</td>
            <td class="number">{percent(each.top1Error)}</td>
            <td class="number">{percent(each.top5Error)}</td>
            <td class="number">{loss(each.loss)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Classes({ classes }: { classes: Evaluation['classes'] }) {
  return (
    <div class="scroll-box" role="group" aria-label="Classes of the evaluation" tabIndex={0}>
      <table class="table">
        <TableHead
          columns={[
            'Class',
            { number: 'Images' },
            { number: 'Recall' },
            { number: 'Precision' },
            { number: 'Top-5' },
          ]}
        />
        <tbody>
          {classes.map((each) => (
            <tr key={each.class}>
              <th scope="row">{each.class}</th>
              <td class="number">{count(each.images)}</td>
              <td class="number">{percent(each.recall)}</td>
              <td class="number">{percent(each.precision)}</td>
              <td class="number">{percent(each.top5)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
