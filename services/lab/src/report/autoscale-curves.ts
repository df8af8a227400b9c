// The axes, lines and areas of the autoscaler's picture.

import type { LineSeriesOption } from 'echarts/charts';
import { type AutoscaleRun, loadInInstances, type Point, points } from './autoscale-runs.ts';
import { type Colour, colours } from './picture-colours.ts';

/** @param seconds what the axis reaches to. */
export function timeAxis(gridIndex: number, seconds: number, labelled: boolean) {
  return {
    ...{ type: 'value' as const, gridIndex, min: 0, max: seconds, interval: intervalOf(seconds) },
    silent: true,
    axisLine: { lineStyle: { color: colours.rule.light } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { show: labelled, showMaxLabel: false, color: colours.quiet.light, formatter: '{value} s' },
  };
}

function intervalOf(seconds: number): number {
  if (seconds > 120) return 60;
  if (seconds > 60) return 30;
  return seconds > 30 ? 10 : 5;
}

export function countAxis(gridIndex: number, max: number, interval: number, labelled: boolean) {
  return {
    ...{ type: 'value' as const, gridIndex, min: 0, max, interval, silent: true },
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { show: labelled, color: colours.quiet.light },
    splitLine: { lineStyle: { color: colours.rule.light, width: 0.5 } },
  };
}

/** @param axis the number of the two axes that they are drawn on. */
export function loadAndInstances(run: AutoscaleRun, axis: number): LineSeriesOption[] {
  const instances = points(run, (second) => second.instances);
  return [area(axis, loadInInstances(run), 'load'), { ...line(axis, instances, 'ink', 2), step: 'end' }];
}

/** Everybody who has logged in, one area on the other: those who still are, and those who are logged out. */
export function people(run: AutoscaleRun, axis: number): LineSeriesOption[] {
  const stack = `people ${axis}`;
  const known = points(run, ({ usersStillLoggedIn }) => usersStillLoggedIn);
  const lost = points(run, ({ usersLoggedIn, usersStillLoggedIn }) => usersLoggedIn - usersStillLoggedIn);
  return [
    { ...area(axis, known, 'known'), stack },
    { ...area(axis, lost, 'lost'), stack },
  ];
}

function area(axis: number, data: Point[], colour: Colour): LineSeriesOption {
  return { ...line(axis, data, colour, 0), areaStyle: { color: colours[colour].light, opacity: 1 } };
}

function line(axis: number, data: Point[], colour: Colour, width: number): LineSeriesOption {
  return {
    ...{ type: 'line', xAxisIndex: axis, yAxisIndex: axis, data, showSymbol: false, silent: true },
    emphasis: { disabled: true },
    lineStyle: { color: colours[colour].light, width },
  };
}
