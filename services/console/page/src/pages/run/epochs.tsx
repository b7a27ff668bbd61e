import type { RunDetails } from '../../api/types.ts';
import { count, loss, percent, plural, rate } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { Empty } from '../../ui/states.tsx';
import { TableHead } from '../../ui/table-head.tsx';

export function Epochs({ run: { epochTable, best } }: { run: RunDetails }) {
  return (
    <Section title="Epochs" aside={<span class="quiet">{plural(epochTable.length, 'epoch')}</span>}>
      {epochTable.length === 0 ? (
        <Empty title="No epoch is finished yet" />
      ) : (
        <div class="scroll-box" role="group" aria-label="Epochs" tabIndex={0}>
          <table class="table">
            <TableHead
              columns={[
                { number: 'Epoch' },
                { number: 'Loss' },
                { number: 'Error' },
                { number: 'Val. loss' },
                { number: 'Val. error' },
                { number: 'Val. top-5' },
                { number: 'Rate' },
              ]}
            />
            <tbody>
              {[...epochTable].reverse().map((row) => (
                <tr key={row.epoch} class={row.epoch === best?.epoch ? 'selected' : undefined}>
                  <th scope="row" class="number">
                    {count(row.epoch)}
                  </th>
                  <td class="number">{loss(row.loss)}</td>
                  <td class="number">{percent(row.top1Error)}</td>
                  <td class="number">{loss(row.validation?.loss)}</td>
                  <td class="number">{percent(row.validation?.top1Error)}</td>
                  <td class="number">{percent(row.validation?.top5Error)}</td>
                  <td class="number">{rate(row.learningRate)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
