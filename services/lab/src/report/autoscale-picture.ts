// The experiment `autoscale` as a picture: a column for each strategy, load and instances above, people below.

import { LineChart } from 'echarts/charts';
import { GraphicComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { ExperimentResult } from '../experiments/run-experiments.ts';
import {
  captions,
  heading,
  labels,
  type Place,
  platformTargets,
  text,
  titleOf,
} from './autoscale-captions.ts';
import { countAxis, loadAndInstances, people, timeAxis } from './autoscale-curves.ts';
import { type AutoscaleRun, autoscaleRuns, loadInInstances } from './autoscale-runs.ts';
import type { Environment } from './environment.ts';
import { colours, darkStyleSheet } from './picture-colours.ts';

/** In pixels; all else follows from these. */
const width = 900;
const basicHeight = 486;
/** Of the line that only a platform's autoscaler needs. */
const lineHeight = 16;
const left = 30;
const right = 10;
const gap = 36;
const above = { top: 104, height: 96 };
const below = { top: 276, height: 130 };

/**
 * @param results of a demo.
 * @returns an SVG document for light and dark pages, or nothing when the experiment came to its end with no strategy.
 */
export function autoscalePicture(
  results: readonly ExperimentResult[],
  environment: Environment,
): string | undefined {
  const runs = autoscaleRuns(results);
  return runs.length === 0 ? undefined : accessible(draw(runs, environment), runs);
}

function draw(runs: readonly AutoscaleRun[], environment: Environment): string {
  use([LineChart, GraphicComponent, GridComponent, SVGRenderer]);
  const height = basicHeight + lineHeight * platformTargets(runs, 0).length;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: colours.paper.light,
      // A picture in a page cannot bring a font; this is the one that the reader's menus have.
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      ...columns(runs),
      graphic: [
        text(left, 12, titleOf(runs), 'ink', 18, 700),
        ...runs.flatMap((run, index) => heading(run, place(runs, index))),
        ...runs.flatMap((run, index) => labels(run, place(runs, index))),
        ...captions(left, basicHeight - 50, runs, environment),
      ],
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** Each run's curves stand on two pairs of axes: number 2 n above, number 2 n + 1 below. */
function columns(runs: readonly AutoscaleRun[]) {
  const each = runs.map((run, index) => ({ run, index, ...place(runs, index) }));
  return {
    grid: each.flatMap(({ x, width }) => [
      { left: x, width, ...above },
      { left: x, width, ...below },
    ]),
    xAxis: each.flatMap(({ index, seconds }) => [
      timeAxis(2 * index, seconds, false),
      timeAxis(2 * index + 1, seconds, true),
    ]),
    yAxis: each.flatMap(({ index, instances, users }) => [
      countAxis(2 * index, instances, stepOf(instances), index === 0),
      countAxis(2 * index + 1, users, users / 2, index === 0),
    ]),
    series: each.flatMap(({ run, index }) => [
      ...loadAndInstances(run, 2 * index),
      ...people(run, 2 * index + 1),
    ]),
  };
}

/** All columns have the same axes, so that they can be compared. */
function place(runs: readonly AutoscaleRun[], index: number): Place {
  const each = (width - left - right - gap * (runs.length - 1)) / runs.length;
  const loads = runs.flatMap((run) => loadInInstances(run).map(([, load]) => load));
  const most = Math.ceil(Math.max(...loads, ...runs.map((run) => run.instances)));
  return {
    ...{ x: left + index * (each + gap), width: each, above, below },
    seconds: Math.max(...runs.map(({ timeLine }) => timeLine.length)),
    instances: Math.ceil(most / stepOf(most)) * stepOf(most),
    users: Math.max(...runs.map(({ users }) => users)),
  };
}

/** Between two lines across, so that there are at most six of them. */
function stepOf(most: number): number {
  return Math.ceil(most / 6);
}

/** What a screen reader says instead, and the colours of a dark page. */
function accessible(svg: string, runs: readonly AutoscaleRun[]): string {
  const words = runs.map(
    ({ strategy, users, loggedOut }) => `With ${strategy}, ${loggedOut} of ${users} people were logged out.`,
  );
  const head = `<title>${titleOf(runs)}</title><desc>${words.join(' ')}</desc>${darkStyleSheet()}`;
  return withoutHover(svg).replace(/<svg ([^>]*)>/, `<svg role="img" $1>${head}`);
}

/** The library writes how each part reacts to a mouse. In an <img>, nothing does. */
function withoutHover(svg: string): string {
  return svg
    .replace(/<style\s*><!\[CDATA\[.*?\]\]>\s*<\/style>\s*/s, '')
    .replaceAll(/ class="[\w-]+"| pointer-events="visible"/g, '');
}
