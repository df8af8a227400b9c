import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { titleReport } from '../../../services/lab/src/report/k6-report.ts';

const run = {
  script: '02-cross-instance-login',
  strategy: 'memory',
  baseUrl: 'https://shop.example',
  seconds: 20.4,
  finished: true,
  passed: false,
  problem: null,
  instances: ['a', 'b'],
  rows: [['answered by', '<b> 50 %, $& 50 %']],
  thresholds: [
    { metric: 'sessions_lost', source: 'count==0', ok: false, samples: true, was: 5 },
    { metric: 'failed{method:POST}', source: 'rate==0', ok: true, samples: false, was: null },
  ],
};
const page =
  '<html><head><title>k6 report</title></head><body class="k6"><div id="root"></div></body></html>';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'test-report-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function titled(figures: object, html = page): Promise<string> {
  const [htmlFile, jsonFile] = [join(folder, 'report.html'), join(folder, 'figures.json')];
  await writeFile(htmlFile, html);
  await writeFile(jsonFile, JSON.stringify(figures));
  await titleReport(htmlFile, jsonFile, new Date('2026-11-30T06:03:56Z'));
  return await readFile(htmlFile, 'utf8');
}

test('says which script ran against what, when, and what came of it', async () => {
  const html = await titled(run);
  const title = '02-cross-instance-login · memory · 2 instances · 2026-11-30 06:03 UTC';
  expect(html).toContain(`<title>${title}</title>`);
  expect(html).toMatch(new RegExp(`<body class="k6"><section id="run"><h1>${title}</h1>`));
  expect(html).toContain('✗ Thresholds were crossed.');
  expect(html).toContain('✗ sessions_lost: count==0</th><td>was 5');
  expect(html).toContain('– failed{method:POST}: rate==0</th><td>without a sample');
  expect(html).toContain('&#60;b&#62; 50 %, $&#38; 50 %');
});

test('does not call a run that was stopped a good one', async () => {
  expect(await titled({ ...run, finished: false })).toContain('✗ Not finished');
});

test('leaves a page that it does not know as it is', async () => {
  const other = '<html><body></body></html>';
  await expect(titled(run, other)).rejects.toThrow('<title>');
  expect(await readFile(join(folder, 'report.html'), 'utf8')).toBe(other);
});
