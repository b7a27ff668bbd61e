import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCHEDULES } from './table.ts';

const docs = readFileSync(new URL('../../../../docs/model.md', import.meta.url), 'utf8');

describe.each(Object.entries(SCHEDULES))('%s', (kind, { schema }) => {
  it('has the kind that the table lists it under, and a meaning for each of its keys', () => {
    expect(schema.shape.kind.value).toBe(kind);
    for (const [key, { description }] of Object.entries(schema.shape)) expect(description, key).toBeTruthy();
  });

  it('is described in docs/model.md', () => {
    expect(docs).toContain(`\n- \`${kind}\``);
  });
});
