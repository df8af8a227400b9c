import { describe, expect, test } from '@jest/globals';
import type { ExperimentResult } from '../../../services/lab/src/experiments/run-experiments.ts';
import type { Strategy } from '../../../services/lab/src/fleet/fleet.ts';
import { autoscalePicture } from '../../../services/lab/src/report/autoscale-picture.ts';
import { colours } from '../../../services/lab/src/report/picture-colours.ts';

const environment = {
  ...{ date: '2001-02-03T04:05:06.000Z', system: 'Linux 6', cpu: 'one & only', cores: 2, memoryGiB: 8 },
  versions: { node: '24.0.0', nginx: '1.22.1' },
};

/** Load and instances rise to 4 and fall; in the middle so many of the 20 users are logged out. */
function result(strategy: Strategy, loggedOut: number): ExperimentResult {
  const timeLine = [1, 2, 4, 4, 4, 2, 1].map((instances, second) => ({
    ...{ second, instances, requests: 40 * instances, failures: 0, p95Ms: 3, usersLoggedIn: 20 },
    usersStillLoggedIn: second === 0 ? 20 : 20 - loggedOut,
  }));
  return {
    ...{ experiment: 'autoscale', strategy, fleet: 'processes', instances: 4, seconds: 7 },
    ...{ expected: '', observed: '', verdict: 'expected' as const, reasons: [] },
    figures: {
      ...{ instances: 4, users: 20, loggedOut, targetRequestsPerSecond: 40, timeLine },
      ...{ autoscaler: 'the laboratory', targetMilliCores: 0 },
    },
  };
}

const all = [result('memory', 20), result('sticky', 7), result('redis', 0)];

function draw(results: readonly ExperimentResult[]): string {
  const svg = autoscalePicture(results, environment);
  if (svg === undefined) throw new Error('Nothing was drawn.');
  return svg;
}

/** What a strict reader of XML (a browser that shows an <img>) would stumble over, as far as this picture goes. */
function mistakesInXml(xml: string): string[] {
  const open: string[] = [];
  const mistakes: string[] = [];
  for (const [, text = '', tag = ''] of xml.matchAll(/([^<]*)<([^>]*)>/g)) {
    if (/&(?!\w+;|#\d+;)/.test(text)) mistakes.push(`a bare & in ${text}`);
    const name = /^\/?([\w:]+)/.exec(tag)?.[1] ?? '';
    if (!/^(\/[\w:]+|[\w:]+(\s+[\w:-]+="[^"<]*")*\s*\/?)$/.test(tag)) mistakes.push(`<${tag}>`);
    if (tag.startsWith('/') && open.pop() !== name) mistakes.push(`<${tag}> closes nothing`);
    else if (!tag.startsWith('/') && !tag.endsWith('/')) open.push(name);
  }
  return [...mistakes, ...open.map((name) => `<${name}> stays open`)];
}

describe('the picture of the autoscaler', () => {
  test('is a well-formed SVG document of its own size', () => {
    const svg = draw(all);
    expect(mistakesInXml(svg)).toEqual([]);
    expect(svg).toMatch(/^<svg [^>]*width="900"[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  });

  test('of a platform says whose autoscaler it is, and its targets', () => {
    const onCluster = all.map((one, n) => ({
      ...one,
      figures: { ...one.figures, autoscaler: 'HorizontalPodAutoscaler', targetMilliCores: 60 + n },
    }));
    const svg = draw(onCluster);
    expect(svg).toContain('Kubernetes’ HorizontalPodAutoscaler follows the load.');
    expect(svg).toContain('60m with memory, 61m with sticky, 62m with redis');
    expect(mistakesInXml(svg)).toEqual([]);
    expect(draw(all)).not.toContain('HorizontalPodAutoscaler');
  });

  test('says for each strategy how many people were logged out', () => {
    const svg = draw(all);
    for (const words of [
      ...['memory', '20 of 20 people logged out'],
      ...['sticky', '7 of 20 people logged out'],
      ...['redis', 'all 20 people stay logged in'],
    ]) {
      expect(svg).toContain(`>${words}</text>`);
    }
  });

  test('draws thrown-out people only where there are any', () => {
    expect(draw([result('redis', 0)])).not.toContain('>logged out</text>');
    expect(draw([result('memory', 20)])).toContain('>logged out</text>');
  });

  test('has each of its colours for light and for dark pages, and no other', () => {
    const [svg, sheet] = [
      draw(all),
      draw(all).match(/@media \(prefers-color-scheme:dark\)\{(.*?)\}<\/style>/),
    ];
    const shown = new Set([...svg.matchAll(/(?:fill|stroke)="(#\w+)"/g)].map(([, colour]) => colour));
    shown.delete('#000'); // the shape of a clip path: never seen
    expect([...shown].sort()).toEqual(
      Object.values(colours)
        .map(({ light }) => light)
        .sort(),
    );
    for (const { light, dark } of Object.values(colours)) {
      expect(sheet?.[1]).toContain(`[fill="${light}"]{fill:${dark}}`);
      expect(sheet?.[1]).toContain(`[stroke="${light}"]{stroke:${dark}}`);
    }
  });

  test('tells those who cannot see it, and says where it was measured', () => {
    const svg = draw(all);
    expect(svg).toContain('With sticky, 7 of 20 people were logged out.');
    expect(svg).toContain('role="img"');
    expect(svg).toContain('One run on 2001-02-03, 2 cores, node 24.0.0, nginx 1.22.1.');
  });

  test('shows the strategies that came to their end, and is none when there are none', () => {
    const unfinished = { ...result('sticky', 0), figures: {} };
    expect(draw([result('memory', 20), unfinished])).not.toContain('>sticky</text>');
    expect(autoscalePicture([unfinished], environment)).toBeUndefined();
    expect(autoscalePicture([{ ...result('redis', 0), experiment: 'crash' }], environment)).toBeUndefined();
  });
});
