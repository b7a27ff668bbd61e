import { useState } from 'preact/hooks';
import { apiPath, asError, get } from '../../api/client.ts';
import type { RunAudit, RunDetails } from '../../api/types.ts';
import { count } from '../../format/format.ts';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, Skeleton } from '../../ui/states.tsx';
import { TableHead } from '../../ui/table-head.tsx';

/** The proof from the ledger, when it is asked for: a long run has a ledger of hundreds of megabytes. */
export function AuditSection({ run: { run, checkpoint } }: { run: RunDetails }) {
  const [audit, setAudit] = useState<RunAudit>();
  const [error, setError] = useState<Error>();
  const [isAsking, setAsking] = useState(false);
  const ask = async (): Promise<void> => {
    setAsking(true);
    setError(undefined);
    try {
      setAudit(await get<RunAudit>(apiPath`runs/${run}/audit`));
    } catch (problem) {
      setAudit(undefined);
      setError(asError(problem));
    } finally {
      setAsking(false);
    }
  };
  return (
    <Section
      title="Audit"
      aside={
        checkpoint !== null && (
          <button type="button" class="button plain" disabled={isAsking} onClick={() => void ask()}>
            {isAsking ? 'Auditing …' : audit === undefined ? 'Audit the ledger' : 'Audit again'}
          </button>
        )
      }
    >
      {error !== undefined && <ErrorBox error={error} title="The run could not be audited." />}
      {isAsking && audit === undefined && <Skeleton />}
      {!isAsking && audit === undefined && error === undefined && (
        <Empty title={checkpoint === null ? 'No checkpoint yet' : 'Not audited on this page yet'}>
          <p>
            The ledger lists the samples of every step. The audit counts them, and proves that every epoch
            used every sample exactly once.
          </p>
        </Empty>
      )}
      {audit !== undefined && <Result audit={audit} />}
    </Section>
  );
}

function Result({ audit }: { audit: RunAudit }) {
  const digests = [...audit.sections, audit];
  return (
    <div class="audit" role="status">
      <p class={`state ${audit.ok ? 'state-done' : 'state-failed'}`}>
        <span class="dot" aria-hidden="true" />
        {audit.ok
          ? `Proven up to step ${count(audit.step)}: every sample of every epoch was used exactly once.`
          : `Not proven: the ledger up to step ${count(audit.step)} differs from what it should be.`}
      </p>
      <div class="scroll-box" role="group" aria-label="Samples of each epoch" tabIndex={0}>
        <table class="table">
          <TableHead
            columns={['Epoch', 'Expected', 'Seen', 'Missing', 'Twice', 'Misplaced'].map((number) => ({
              number,
            }))}
          />
          <tbody>
            {audit.epochs.map(({ epoch, expected, seen, missing, duplicated, misplaced }) => (
              <tr key={epoch}>
                <th scope="row" class="number">
                  {count(epoch)}
                </th>
                <td class="number">{count(expected)}</td>
                <td class="number">{count(seen)}</td>
                {[missing, duplicated, misplaced].map((faults, i) => (
                  <td key={i} class={faults > 0 ? 'number attention' : 'number'}>
                    {count(faults)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul class="hint">
        {digests.map(({ step, digest, recordedDigest }) => (
          <li key={step} title={`${digest}\n${recordedDigest}`}>
            Digest up to step {count(step)}: <code>{digest.slice(0, 12)}</code>{' '}
            {digest === recordedDigest ? 'as recorded' : 'NOT as recorded'}
          </li>
        ))}
      </ul>
    </div>
  );
}
