// The words of the autoscaler's picture: what stands above, in and below the curves.

import type { Strategy } from '../fleet/fleet.ts';
import type { AutoscaleRun } from './autoscale-runs.ts';
import type { Environment } from './environment.ts';
import { type Colour, colours } from './picture-colours.ts';

/** In pixels. */
interface Band {
  readonly top: number;
  readonly height: number;
}

/** Where the curves of one strategy are, and what their axes reach to. */
export interface Place {
  /** In pixels. */
  readonly x: number;
  readonly width: number;
  /** Load and instances. */
  readonly above: Band;
  /** People. */
  readonly below: Band;
  readonly seconds: number;
  readonly instances: number;
  readonly users: number;
}

export function titleOf([run]: readonly AutoscaleRun[]): string {
  const who = run?.targetMilliCores ? `Kubernetes’ ${run.autoscaler}` : 'An autoscaler';
  return `${who} follows the load. Who stays logged in?`;
}

const whereSessionsAre: Record<Strategy, string> = {
  memory: "sessions in each instance's memory",
  sticky: 'in memory, and clients kept on their instance',
  'connect-redis': 'sessions in one Redis that all share',
  redis: 'sessions in one Redis that all share',
};

/** Why people are logged out, where that is what the strategy does to them. */
const whyLoggedOut: Partial<Record<Strategy, string>> = {
  memory: 'another instance answers, and knows nobody',
  sticky: 'their instance was removed',
};

/** What stands above a strategy's curves. */
export function heading({ strategy, users, loggedOut }: AutoscaleRun, { x, below }: Place) {
  const headline =
    loggedOut === 0
      ? text(x, below.top - 50, `all ${users} people stay logged in`, 'known', 15, 700)
      : text(x, below.top - 50, `${loggedOut} of ${users} people logged out`, 'lostInWords', 15, 700);
  const why = loggedOut === 0 ? 'every instance that answers knows them' : whyLoggedOut[strategy];
  return [
    text(x, 46, strategy, 'ink', 15, 700),
    text(x, 66, whereSessionsAre[strategy], 'quiet'),
    headline,
    ...(why === undefined ? [] : [text(x, below.top - 29, why, 'quiet')]),
  ];
}

/** Words at the lines and in the areas that they name, where there is room for them. */
export function labels({ timeLine }: AutoscaleRun, place: Place) {
  const { above, below, users } = place;
  const across = (second: number) => place.x + (place.width * second) / place.seconds;
  const up = ({ top, height }: Band, share: number) => top + height * (1 - share);
  const most = Math.max(...timeLine.map(({ instances }) => instances));
  const peak = timeLine.findIndex(({ instances }) => instances === most);
  const inArea = (room: Room | undefined, words: string, colour: Colour) =>
    room === undefined || room.high - room.low < users / 6
      ? []
      : [centred(across(room.second), up(below, (room.low + room.high) / 2 / users) - 7, words, colour, 13)];
  const labelSeconds = (place.seconds * labelWidth) / place.width;
  const known = timeLine.map((s) => ({ low: 0, high: s.usersStillLoggedIn }));
  const lost = timeLine.map((s) => ({ low: s.usersStillLoggedIn, high: s.usersLoggedIn }));
  return [
    text(across(peak + 1), up(above, most / place.instances) - 15, 'instances', 'ink', 12, 600),
    centred(across(timeLine.length / 2), up(above, 0) - 20, 'load', 'quiet', 12),
    ...inArea(widest(known, labelSeconds), 'logged in', 'paper'),
    ...inArea(widest(lost, labelSeconds), 'logged out', 'ink'),
  ];
}

/** Of the longest label, in pixels, with a little air. */
const labelWidth = 90;

interface Room {
  readonly second: number;
  readonly low: number;
  readonly high: number;
}

/** Where in an area, given second by second, there is most room for something that is some seconds wide. */
function widest(
  area: readonly { readonly low: number; readonly high: number }[],
  seconds: number,
): Room | undefined {
  const length = Math.ceil(seconds) + 1;
  const rooms = area.slice(0, Math.max(1, area.length - length + 1)).map((_, from): Room => {
    const under = area.slice(from, from + length);
    return {
      second: from + 1 + (under.length - 1) / 2,
      low: Math.max(...under.map(({ low }) => low)),
      high: Math.min(...under.map(({ high }) => high)),
    };
  });
  return rooms.toSorted((a, b) => b.high - b.low - (a.high - a.low))[0];
}

/** What every word in the picture means, and where it was measured; the first line's top is at `y`. */
export function captions(x: number, y: number, runs: readonly AutoscaleRun[], environment: Environment) {
  const requestsPerSecond = runs[0]?.targetRequestsPerSecond ?? 0;
  const { date, cores, versions } = environment;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    'Logged in: every answer in that second knew them. Logged out: at least one answer in that second said that they are not logged in.',
    `Load: answers in that second, drawn as the instances that they are work for (${requestsPerSecond} requests/s each).`,
    ...platformTargets(runs, requestsPerSecond),
    `One run on ${date.slice(0, 10)}, ${cores} cores, ${programs.join(', ')}.`,
  ].map((words, line) => text(x, y + 16 * line, words, 'quiet', 11));
}

/** What a platform's autoscaler went by, in one line; nothing where it was the laboratory's own. */
export function platformTargets(runs: readonly AutoscaleRun[], requestsPerSecond: number): string[] {
  const targets = runs
    .filter(({ targetMilliCores }) => targetMilliCores > 0)
    .map(({ strategy, targetMilliCores }) => `${targetMilliCores}m with ${strategy}`);
  if (targets.length === 0) return [];
  return [
    `Its target is the processor time that ${requestsPerSecond} requests/s took just before: ${targets.join(', ')} (m: thousandths of a core).`,
  ];
}

/** Its `y` is the top of the letters. */
export function text(x: number, y: number, words: string, colour: Colour, size = 12, weight = 400) {
  return {
    ...{ type: 'text' as const, x, y, z: 10, silent: true },
    style: { text: words, fill: colours[colour].light, fontSize: size, fontWeight: weight },
  };
}

/** The same, with its middle at `x`, and bolder. */
function centred(x: number, y: number, words: string, colour: Colour, size: number) {
  const { style, ...at } = text(x, y, words, colour, size, 600);
  return { ...at, style: { ...style, textAlign: 'center' as const } };
}
