import type { Command } from 'commander';
import { AlexnetError } from '@alexnet/core';
import { auditRun, type Audit } from '@alexnet/pipeline';
import { action, commandStore, type CommandContext } from '../command.ts';
import { table, thousands } from '../ui/format.ts';

export function register(command: Command): void {
  action<[], { run: string }>(
    command.requiredOption('--run <run>', 'the run'),
    'audit --run pets-paper-1',
    audit,
  );
}

async function audit(context: CommandContext, _: [], { run }: { run: string }): Promise<void> {
  const { output } = context;
  const result = await auditRun(commandStore(context), run);
  output.result(result, describe(result));
  if (result.ok) return;
  throw new AlexnetError('AUDIT_FAILED', {
    expected: `every sample once and the digest ${result.recordedDigest}`,
    actual: `the table above and the digest ${result.digest}`,
    remedy: 'The ledger was changed, or the trainer has a bug: please report it.',
  });
}

function describe({ run, checkpoint, digest, epochs, sections, ok }: Audit): string {
  const rows = epochs.map(({ epoch, ...counts }) => [
    String(epoch + 1),
    ...[counts.expected, counts.seen, counts.missing, counts.duplicated, counts.misplaced].map(thousands),
  ]);
  return [
    `${run} at ${checkpoint}`,
    table(['epoch', 'expected', 'seen', 'missing', 'duplicated', 'misplaced'], rows),
    ...sections.map(
      (section) =>
        `digest ${section.digest} ${section.digest === section.recordedDigest ? 'as recorded' : 'NOT as recorded'}, up to step ${section.step}`,
    ),
    `digest ${digest} ${ok ? 'as recorded' : 'NOT as recorded'}`,
  ].join('\n');
}
