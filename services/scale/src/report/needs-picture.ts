// What a thousand to a hundred million people need, as a picture: both axes are logarithmic, so that what grows in proportion
// to people is a straight line, and one that starts later is needed later.

import { LineChart, type LineSeriesOption } from 'echarts/charts';
import { GraphicComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { text } from '../../../lab/src/report/autoscale-captions.ts';
import type { Environment } from '../../../lab/src/report/environment.ts';
import { type Colour, colours, darkStyleSheet } from '../../../lab/src/report/picture-colours.ts';
import type { Assumptions } from '../model/assumptions.ts';
import { type Costs, freeConnections, type Needs, needsOf } from '../model/needs.ts';
import { people as inWords } from './words.ts';

/** In pixels. */
const width = 900;
const height = 500;
const plot = { left: 70, top: 84, width: 610, height: 330 };

/** So many points that the steps at the lower end are where they belong. */
const perDecade = 48;
const decades = { from: 3, to: 8 };

interface Line {
  readonly name: string;
  readonly of: (needs: Needs) => number;
  readonly colour: Colour;
  readonly wide?: boolean;
}

const lines: readonly Line[] = [
  { name: 'connections to Postgres', of: ({ connections }) => connections, colour: 'quiet' },
  {
    name: 'cores for hashing',
    of: ({ coresForHashes }) => coresForHashes,
    colour: 'lostInWords',
    wide: true,
  },
  { name: 'cores for requests', of: ({ coresForRequests }) => coresForRequests, colour: 'known', wide: true },
  { name: 'Redis primaries', of: ({ primaries }) => primaries, colour: 'ink', wide: true },
];

export const title = 'What so many people need';

/** @returns an SVG document for light and dark pages */
export function needsPicture(costs: Costs, assumptions: Assumptions, environment: Environment): string {
  const points = Array.from({ length: (decades.to - decades.from) * perDecade + 1 }, (_, step) =>
    needsOf(Math.round(10 ** (decades.from + step / perDecade)), costs, assumptions),
  );
  const most = points.at(-1);
  if (most === undefined) throw new RangeError('A picture has points');
  return accessible(draw(points, assumptions, environment), most);
}

function draw(points: readonly Needs[], assumptions: Assumptions, environment: Environment): string {
  use([LineChart, GraphicComponent, GridComponent, SVGRenderer]);
  const most = Math.max(...lines.map(({ of }) => Math.max(...points.map(of))));
  const top = 10 ** Math.ceil(Math.log10(most));
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: colours.paper.light,
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      grid: plot,
      xAxis: { ...axis(10 ** decades.from, 10 ** decades.to), axisLabel: label((value) => inWords(value)) },
      yAxis: { ...axis(1, top), axisLabel: label((value) => value.toLocaleString('en')) },
      series: [...lines.map((line) => curve(line, points)), limit(freeConnections(assumptions), points)],
      graphic: [
        text(20, 14, title, 'ink', 18, 700),
        text(20, 42, 'at the peak, by how many people are logged in; both axes are logarithmic', 'quiet'),
        ...names(points, top),
        text(
          plot.left + 6,
          across(freeConnections(assumptions), top) - 17,
          limitWords(assumptions),
          'quiet',
          11,
        ),
        ...captions(assumptions, environment),
      ],
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function axis(min: number, max: number) {
  return {
    ...{ type: 'log' as const, min, max, silent: true },
    axisLine: { lineStyle: { color: colours.rule.light } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colours.rule.light, width: 0.5 } },
  };
}

function label(formatter: (value: number) => string) {
  return { color: colours.quiet.light, formatter };
}

function curve({ of, colour, wide = false }: Line, points: readonly Needs[]): LineSeriesOption {
  return {
    ...{ type: 'line', showSymbol: false, silent: true, emphasis: { disabled: true } },
    // What is not needed yet cannot stand on a logarithmic axis; one is the least that there is.
    data: points.map((needs) => [needs.people, Math.max(1, of(needs))]),
    // One more is needed from somewhere between two points on: there is no half of one.
    step: 'end',
    lineStyle: { color: colours[colour].light, width: wide ? 2.5 : 1.5 },
  };
}

function limit(value: number, points: readonly Needs[]): LineSeriesOption {
  const [first, last] = [points[0]?.people ?? 1, points.at(-1)?.people ?? 1];
  return {
    ...{ type: 'line', showSymbol: false, silent: true, emphasis: { disabled: true } },
    data: [
      [first, value],
      [last, value],
    ],
    lineStyle: { color: colours.quiet.light, width: 1, type: 'dashed' },
  };
}

/** The height of a value, in pixels from above. */
function across(value: number, top: number): number {
  return plot.top + plot.height * (1 - Math.log10(value) / Math.log10(top));
}

/** At the right ends of the lines, and apart from each other where those are close. */
function names(points: readonly Needs[], top: number) {
  const last = points.at(-1);
  if (last === undefined) return [];
  const ends = lines
    .map((line) => ({ line, value: Math.max(1, line.of(last)) }))
    .sort((a, b) => b.value - a.value);
  let lowest = Number.NEGATIVE_INFINITY;
  return ends.map(({ line, value }) => {
    const y = Math.max(across(value, top) - 8, lowest + 17);
    lowest = y;
    const words = `${line.name}: ${value.toLocaleString('en')}`;
    return text(plot.left + plot.width + 10, y, words, line.colour, 12, 600);
  });
}

function limitWords({ maxConnections, connectionsKept }: Assumptions): string {
  return `Postgres: max_connections ${maxConnections}, ${connectionsKept} kept free`;
}

function captions(assumptions: Assumptions, { date, cores, versions }: Environment) {
  const { requestsPerHour, hoursBetweenLogins, peak } = assumptions;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Assumed: ${requestsPerHour} requests of a person an hour, a login every ${hoursBetweenLogins} hours, at the peak ${peak} times that; bcrypt at cost 12.`,
    `Computed from costs measured on ${date.slice(0, 10)}, ${cores} cores, ${programs.join(', ')}.`,
  ].map((words, line) => text(20, height - 42 + 17 * line, words, 'quiet', 11));
}

/** What a screen reader says instead, and the colours of a dark page. */
function accessible(svg: string, most: Needs): string {
  const needs = lines.map(({ name, of }) => `${of(most).toLocaleString('en')} ${name}`).join(', ');
  const head = `<title>${title}</title><desc>${inWords(most.people)} people: ${needs}.</desc>${darkStyleSheet()}`;
  return svg
    .replace(/<style\s*><!\[CDATA\[.*?\]\]>\s*<\/style>\s*/s, '')
    .replaceAll(/ class="[\w-]+"| pointer-events="visible"/g, '')
    .replace(/<svg ([^>]*)>/, `<svg role="img" $1>${head}`);
}
