import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { colours } from '../../services/lab/src/report/picture-colours.ts';
import { defaultAssumptions } from '../../services/scale/src/model/assumptions.ts';
import type { Costs } from '../../services/scale/src/model/needs.ts';
import { needsPicture } from '../../services/scale/src/report/needs-picture.ts';
import { computedPart, markdownOf, textOf } from '../../services/scale/src/report/parts.ts';
import { saveParts } from '../../services/scale/src/report/save-parts.ts';
import { bytes, number, people } from '../../services/scale/src/report/words.ts';

const costs: Costs = {
  ...{ readMs: 0.5, writeMs: 1, loginMs: 400, sessionBytes: 1_100 },
  ...{ redisReadUs: 20, redisWriteUs: 50, redisRenewalUs: 10, redisLoginUs: 200 },
  ...{ idleCores: 0, redisIdleCores: 0 },
};
const environment = {
  ...{ date: '2001-02-03T04:05:06.000Z', system: 'Linux 6', cpu: 'a processor', cores: 2, memoryGiB: 8 },
  versions: { node: '24.0.0', redis: '7.0.15' },
  loadBefore: 0.1,
};
const check = {
  ...{ people: 10_000, requestsPerSecond: 250, loginsPerSecond: 0.7, failed: 0, readP99Ms: 3 },
  ...{ instanceCores: 0.5, redisCores: 0.01, redisBytes: 11e6 },
};
const input = { costs, assumptions: defaultAssumptions, checks: [check], checkedWith: defaultAssumptions };
const part = computedPart(input, environment, false);

describe('the computed part of the report', () => {
  test('has a row for a thousand to a hundred million people, and one for the reader’s own number', () => {
    const own = computedPart({ ...input, people: 250_000 }, environment, false);
    expect(part.tables[0]?.rows.map(([first]) => first)).toEqual([
      ...['1,000', '10,000', '100,000', '1 million', '10 million', '100 million'],
    ]);
    expect(own.tables[0]?.rows.map(([first]) => first)).toContain('250,000');
  });

  test('says what a million people need', () => {
    // 25,000 requests/s, a tenth of them writes: 13.75 cores at 60 %; 69.4 logins/s: 27.8 cores at 60 %.
    expect(part.tables[0]?.rows[3]).toEqual([
      ...['1 million', '25,000', '69.4', '23', '47', '47', '1.02 GiB', '0.76'],
      ...['2 (by commands)', '470: PgBouncer'],
    ]);
  });

  test('names first what limits first', () => {
    expect(part.tables[1]?.rows[0]).toEqual([
      'hashing on one core (one instance)',
      '21,600 people',
      'more instances, for their cores',
    ]);
  });

  test('puts the measured beside the computed', () => {
    const [row] = part.tables[2]?.rows ?? [];
    expect(row).toEqual([
      '10,000: 250 requests/s, 0.69 logins/s',
      ...['cores of the instance', '0.42', '0.50', '1.20'],
    ]);
  });

  test('says where the machine did not keep up', () => {
    const behind = { ...input, checks: [{ ...check, requestsPerSecond: 125, failed: 7 }] };
    const [first] = computedPart(behind, environment, false).tables[2]?.rows ?? [];
    expect(first?.[0]).toContain('(served 50 %, 7 failed)');
  });

  test('is a document in Markdown and a text, both with the machine', () => {
    const markdown = markdownOf(part);
    expect(markdown).toContain('| people logged in | requests/s |');
    expect(markdown).toContain(
      '2001-02-03 on 2 cores (a processor) and 8 GiB, Linux 6, node 24.0.0, redis 7.0.15.',
    );
    expect(textOf([part])).toContain('│ 100 million ');
    expect(markdownOf(computedPart(input, environment, true))).toContain('not enough for figures to quote');
  });

  test('says so where the machine was busy with other things', () => {
    expect(markdownOf(part)).not.toContain('busy with other things');
    const busy = computedPart(input, { ...environment, loadBefore: 12.34 }, false);
    expect(markdownOf(busy)).toContain('busy with other things (load average 12.3 before the run)');
  });
});

describe('the picture', () => {
  const svg = needsPicture(costs, defaultAssumptions, environment);

  test('is an SVG document with words for a screen reader, and the colours of a dark page', () => {
    expect(svg).toMatch(/^<svg role="img" [^>]*width="900"[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain('<desc>100 million people: ');
    expect(svg).toContain('@media (prefers-color-scheme:dark)');
    // What cuts off the lines at the frame is not painted.
    const painted = svg.replaceAll(/<clipPath.*?<\/clipPath>/gs, '');
    const used = Array.from(
      painted.matchAll(/(?:fill|stroke)="(#[0-9a-f]+|rgb[^"]*)"/g),
      ([, colour]) => colour,
    );
    const known: readonly string[] = Object.values(colours).map(({ light }) => light);
    expect(used.filter((colour) => !known.includes(colour ?? ''))).toEqual([]);
  });

  test('names each line with what it comes to', () => {
    for (const words of [
      'cores for hashing: 4,',
      'cores for requests: 2,',
      'Redis primaries: ',
      'connections to Postgres: ',
    ])
      expect(svg).toContain(words);
    expect(svg).toContain('max_connections 200');
  });
});

describe('saving parts', () => {
  test('writes each between its own lines, and keeps the rest of the document', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scale-parts-'));
    try {
      const file = join(folder, 'a.md');
      await writeFile(file, '# Title\n\n<!-- scale redis -->\nold\n<!-- /scale redis -->\n\nThe end.\n');
      const parts = ['redis', 'plan'].map((name) => ({ name, text: `new ${name}` }));
      await saveParts(file, parts);
      await saveParts(file, parts);
      expect(await readFile(file, 'utf8')).toBe(
        '# Title\n\n<!-- scale redis -->\nnew redis\n<!-- /scale redis -->\n\nThe end.\n' +
          '\n<!-- scale plan -->\nnew plan\n<!-- /scale plan -->\n',
      );
      const another = join(folder, 'b.md');
      await saveParts(another, parts);
      expect(await readFile(another, 'utf8')).toMatch(
        /^<!-- scale redis -->\nnew redis\n.*\n\n<!-- scale plan -->/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('figures are written for readers', () => {
  expect([number(1.234), number(12.34), number(1234.5), number(null)]).toEqual([
    '1.23',
    '12.3',
    '1,235',
    '–',
  ]);
  expect([bytes(512), bytes(1536), bytes(2 ** 30), bytes(0)]).toEqual([
    '512 B',
    '1.50 KiB',
    '1.00 GiB',
    '0 B',
  ]);
  expect([people(1_000), people(1_500_000), people(1e8)]).toEqual(['1,000', '1,500,000', '100 million']);
});
