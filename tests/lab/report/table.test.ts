import { expect, test } from '@jest/globals';
import { experiments } from '../../../services/lab/src/experiments/all-experiments.ts';
import type { ExperimentResult } from '../../../services/lab/src/experiments/run-experiments.ts';
import { markdownTable, terminalTable } from '../../../services/lab/src/report/table.ts';

const result = (part: Partial<ExperimentResult>): ExperimentResult => ({
  experiment: 'scale-out',
  strategy: 'redis',
  fleet: 'processes',
  instances: 5,
  expected: 'nobody notices',
  observed: '20 of 20 users still logged in\n0 of 812 requests failed',
  verdict: 'expected',
  reasons: [],
  figures: {},
  seconds: 2.5,
  ...part,
});

test('the table has a row for each experiment and a column for each strategy that was run', () => {
  const table = terminalTable([result({}), result({ strategy: 'memory', observed: '0 of 20' })], experiments);
  expect(table).toContain('Scale out 1 → 5');
  expect(table).toContain('20 of 20 users still logged in');
  expect(table).toContain('✓ as expected');
  expect(table).not.toContain('sticky');
  expect(table).not.toContain('Scale in');
});

test('what was not as expected says so, and which sentence was wrong', () => {
  const broken = result({ verdict: 'unexpected', reasons: ['no request failed'] });
  for (const table of [terminalTable([broken], experiments), markdownTable([broken], experiments)]) {
    expect(table).toContain('NOT as expected');
    expect(table).toContain('no request failed');
  }
});

test('a document gets the same cells, each on one line', () => {
  const table = markdownTable([result({}), result({ strategy: 'memory', experiment: 'crash' })], experiments);
  expect(table.split('\n')).toHaveLength(4);
  expect(table).toContain('20 of 20 users still logged in<br>0 of 812 requests failed<br>✓ as expected');
  expect(table).toContain(' – ');
});
