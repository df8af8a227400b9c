import { describe, expect, test } from '@jest/globals';
import { WrongUse } from '../../services/lab/src/commands/command-line.ts';
import { NotPossibleHere } from '../../services/lab/src/supervision/errors.ts';
import { defaultAssumptions } from '../../services/scale/src/model/assumptions.ts';
import { fullPlan, quickPlan, sections } from '../../services/scale/src/plan.ts';
import { demandRoom, roomFor } from '../../services/scale/src/room.ts';
import { readScaleOptions } from '../../services/scale/src/scale-options.ts';
import { timeLeft } from '../../services/scale/src/time-left.ts';

describe('npm run scale', () => {
  test('measures everything when nothing is said, with a million sessions', () => {
    expect(readScaleOptions([])).toEqual({
      ...{ sections: [...sections], plan: fullPlan, quick: false, assumptions: defaultAssumptions },
      json: '.cache/scale.json',
    });
    expect(fullPlan.million).toBe(1_000_000);
  });

  test('takes another number of sessions, a quick plan, and other people', () => {
    const args = [
      '--quick',
      '--sessions',
      '5000',
      '--only=million,redis',
      '--requests',
      '60',
      '--hours',
      '8',
    ];
    expect(readScaleOptions([...args, '--peak', '5', '--people', '250000'])).toMatchObject({
      ...{ sections: ['million', 'redis'], plan: { ...quickPlan, million: 5_000 }, people: 250_000 },
      assumptions: { ...defaultAssumptions, requestsPerHour: 60, hoursBetweenLogins: 8, peak: 5 },
    });
  });

  test('explains every option in --help', () => {
    const help = readScaleOptions(['--help']);
    const options = 'only sessions quick from people requests peak hours json markdown picture help'.split(
      ' ',
    );
    for (const option of options) expect(help).toContain(`--${option} `);
    for (const section of sections) expect(help).toContain(`  ${section} `);
  });

  test.each([
    [['--only', 'billion'], '--only takes redis, instance, million or cluster'],
    [['--sessions', '10'], '--sessions takes a whole number from 1000 to 100000000.'],
    [['--sessions', 'many'], '--sessions takes a whole number from 1000 to 100000000.'],
    [['--hours', '13'], '--hours takes a whole number from 1 to 12.'],
    [['--from', 'a.json', '--quick'], '--from measures nothing'],
    [['--million'], "Unknown option '--million'"],
  ])('%j is refused with one sentence', (args, sentence) => {
    expect(() => readScaleOptions(args)).toThrow(WrongUse);
    expect(() => readScaleOptions(args)).toThrow(sentence);
  });
});

describe('the room for so many sessions', () => {
  const much = { memoryBytes: 2 ** 50, diskBytes: 2 ** 50 };

  test('is enough, or is refused with what is missing and what fits', () => {
    expect(() => demandRoom(1_000_000, roomFor(1_000_000))).not.toThrow();
    const memoryBytes = 2 ** 31;
    expect(() => demandRoom(1_000_000, { ...much, memoryBytes })).toThrow(NotPossibleHere);
    expect(() => demandRoom(1_000_000, { ...much, memoryBytes })).toThrow(
      /^1000000 sessions need 3\.2 GiB of free memory \(there are 2\.0 GiB\): --sessions (\d+) fits\.$/,
    );
    expect(() => demandRoom(1_000_000, { ...much, diskBytes: 2 ** 32 })).toThrow(
      /GiB on the disk of .* fits\.$/,
    );
  });

  test('what is said to fit does', () => {
    const free = { memoryBytes: 3 * 2 ** 30, diskBytes: 5 * 2 ** 30 };
    let message = '';
    try {
      demandRoom(1_000_000_000, free);
    } catch (error) {
      message = String(error);
    }
    const fits = Number(/--sessions (\d+) fits/.exec(message)?.[1]);
    expect(() => demandRoom(fits, free)).not.toThrow();
    expect(() => demandRoom(fits + 1_000, free)).toThrow();
  });

  test('nothing fits: then no number is advised', () => {
    expect(() => demandRoom(1_000, { ...much, memoryBytes: 0 })).toThrow(
      /free memory \(there are 0\.0 GiB\)\.$/,
    );
  });
});

test('the time left follows from the pace so far', () => {
  expect(timeLeft(0, 100, 5)).toBe('time left not known yet');
  expect(timeLeft(25, 100, 5)).toBe('15 s left');
  expect(timeLeft(1, 100, 5)).toBe('9 minutes left');
  expect(timeLeft(100, 100, 5)).toBe('0 s left');
});
