// The experiment `autoscale` as a picture: a column for each strategy, load and instances above, people below.

import { LineChart } from 'echarts/charts';
import { GraphicComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { ExperimentResult } from '../experiments/run-experiments.ts';
import { countAxis, loadAndInstances, people, timeAxis } from './autoscale-curves.ts';
import { autoscaleLanes, type Lane, loadInInstances } from './autoscale-lanes.ts';
import { captions, heading, labels, type Place, text, title } from './autoscale-words.ts';
import type { Environment } from './environment.ts';
import { colours, darkStyleSheet } from './picture-colours.ts';

/** In pixels; all else follows from these. */
const width = 900;
const height = 486;
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
  const lanes = autoscaleLanes(results);
  return lanes.length === 0 ? undefined : accessible(draw(lanes, environment), lanes);
}

function draw(lanes: readonly Lane[], environment: Environment): string {
  use([LineChart, GraphicComponent, GridComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: colours.paper.light,
      // A picture in a page cannot bring a font; this is the one that the reader's menus have.
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      ...columns(lanes),
      graphic: [
        text(left, 12, title, 'ink', 18, 700),
        ...lanes.flatMap((lane, index) => heading(lane, place(lanes, index))),
        ...lanes.flatMap((lane, index) => labels(lane, place(lanes, index))),
        ...captions(left, height - 50, lanes[0]?.targetRequestsPerSecond ?? 0, environment),
      ],
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** Each lane's curves stand on two pairs of axes: number 2 n above, number 2 n + 1 below. */
function columns(lanes: readonly Lane[]) {
  const each = lanes.map((lane, index) => ({ lane, index, ...place(lanes, index) }));
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
    series: each.flatMap(({ lane, index }) => [
      ...loadAndInstances(lane, 2 * index),
      ...people(lane, 2 * index + 1),
    ]),
  };
}

/** All columns have the same axes, so that they can be compared. */
function place(lanes: readonly Lane[], index: number): Place {
  const each = (width - left - right - gap * (lanes.length - 1)) / lanes.length;
  const loads = lanes.flatMap((lane) => loadInInstances(lane).map(([, load]) => load));
  const most = Math.ceil(Math.max(...loads, ...lanes.map((lane) => lane.instances)));
  return {
    ...{ x: left + index * (each + gap), width: each, above, below },
    seconds: Math.max(...lanes.map(({ timeLine }) => timeLine.length)),
    instances: Math.ceil(most / stepOf(most)) * stepOf(most),
    users: Math.max(...lanes.map(({ users }) => users)),
  };
}

/** Between two lines across, so that there are at most six of them. */
function stepOf(most: number): number {
  return Math.ceil(most / 6);
}

/** What a screen reader says instead, and the colours of a dark page. */
function accessible(svg: string, lanes: readonly Lane[]): string {
  const words = lanes.map(
    ({ strategy, users, loggedOut }) => `With ${strategy}, ${loggedOut} of ${users} people were logged out.`,
  );
  const head = `<title>${title}</title><desc>${words.join(' ')}</desc>${darkStyleSheet()}`;
  return withoutHover(svg).replace(/<svg ([^>]*)>/, `<svg role="img" $1>${head}`);
}

/** The library writes how each part reacts to a mouse. In an <img>, nothing does. */
function withoutHover(svg: string): string {
  return svg
    .replace(/<style\s*><!\[CDATA\[.*?\]\]>\s*<\/style>\s*/s, '')
    .replaceAll(/ class="[\w-]+"| pointer-events="visible"/g, '');
}
