// A small run of everything that docs/scale.md prints, on real Redis, Postgres and instances: that it measures what it says,
// not how much. Its figures go to a file of its own, and not to .cache/scale.json.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Command } from '../support/command.ts';

const program = 'services/scale/src/main.ts';
const root = join(import.meta.dirname, '../..');
const [json, markdown, picture] = ['.cache/scale-test.json', '.cache/scale-test.md', '.cache/scale-test.svg'];
const files = [json, markdown, picture];
afterAll(() => {
  for (const file of files) rmSync(join(root, file), { force: true });
});
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const positive = expect.closeTo(5e8, -9); // above 0 and below a billion

describe('npm run scale', () => {
  test('measures every section once, computes the rest, and leaves nothing behind', async () => {
    await using command = new Command(program, [
      ...['--quick', '--sessions', '5000', '--people', '42000', '--json', json],
      ...['--markdown', markdown, '--picture', picture],
    ]);
    expect([await command.exitCode(), command.output]).toEqual([0, expect.stringContaining(json)]);
    await command.waitUntilNothingIsLeft(20_000);
    expect(command.output).toMatch(
      /million: \d+ of 5000 sessions, \d+\/s, .* left|million: 5000 sessions in/,
    );

    const { figures, basis, quick } = JSON.parse(read(json));
    expect(quick).toBe(true);
    expect(figures.redis.operations.map(({ operation }: { operation: string }) => operation)).toEqual([
      ...['read', 'renewal', 'write', 'login'],
    ]);
    const [readCost, renewal, write, login] = figures.redis.operations;
    // Which commands they are; how many of each is only about right while some are under way at the begin and at the end.
    expect(Object.keys(readCost.commands).sort()).toEqual(['get', 'pttl']);
    expect(Object.keys(renewal.commands)).toEqual(expect.arrayContaining(['evalsha', 'pexpire']));
    expect(Object.keys(write.commands)).toEqual(expect.arrayContaining(['evalsha', 'get', 'set']));
    expect(Object.keys(login.commands)).toEqual(
      expect.arrayContaining(['evalsha', 'set', 'hset', 'hgetall']),
    );
    for (const one of figures.redis.operations)
      expect(one).toMatchObject({ perSecond: positive, redisUs: positive });
    const sizes: { bytes: number; textBytes: number }[] = figures.redis.sizes;
    expect(sizes).toHaveLength(2);
    for (const { bytes, textBytes } of sizes) expect(bytes).toBeGreaterThan(textBytes);

    expect(figures.instance).toMatchObject({
      ...{ read: cost, write: cost, login: cost, hashMs: positive },
      checks: [{ people: 1_000, requestsPerSecond: positive, instanceCores: positive, redisBytes: positive }],
    });
    expect(basis.costs.sessionBytes).toBeGreaterThan(500);

    const { million } = figures;
    expect(million.phases.map(({ phase }: { phase: string }) => phase)).toEqual([
      ...['empty', 'filling', 'full', 'restarted', 'rewriting', 'expiring', 'expired'],
    ]);
    // Nobody was logged out by any of it: 401 would be among the failures.
    for (const { noticed } of million.phases) {
      expect(Object.keys(noticed.reads.failures).filter((outcome) => outcome === 'status 401')).toEqual([]);
      expect(noticed.reads.ok).toBeGreaterThan(0);
    }
    expect(million.expiry.keys).toBeGreaterThanOrEqual(10_000);
    expect(million.expiry.usedBytesAfter).toBeLessThan(million.expiry.usedBytesBefore - 5_000 * 500);
    for (const restart of [million.restart, million.restartRewritten]) {
      expect(restart).toMatchObject({ fileBytes: positive, loadedSeconds: positive });
    }

    const { nodes, failure } = figures.cluster;
    expect(nodes).toHaveLength(3);
    const keys: number[] = nodes.map(({ keys }: { keys: number }) => keys);
    expect(keys.reduce((sum, own) => sum + own)).toBe(2 * 3_000);
    expect(Math.min(...keys)).toBeGreaterThan(0.25 * 6_000);
    expect(failure.peopleThere + failure.peopleElsewhere).toBe(60);
    expect(failure.stillLoggedIn).toBe(60);
    expect(Object.keys(failure.answersThere)).toEqual(['503']);
    expect(Object.keys(failure.answersElsewhere)).toEqual(['200']);

    for (const section of ['redis', 'instance', 'million', 'cluster', 'plan'])
      expect(read(markdown)).toContain(`<!-- scale ${section} -->`);
    expect(read(markdown)).toContain('| 42,000 |');
    expect(read(picture)).toContain('<svg role="img"');
  }, 240_000);

  test('computes with what an earlier run has saved, for other people', async () => {
    const args = ['--from', json, '--requests', '60', '--people', '1234567'];
    await using command = new Command(program, args);
    expect(await command.exitCode()).toBe(0);
    expect(command.output).toContain('1,234,567');
    expect(command.output).toContain('sends 60 requests an hour');
    expect(command.output).not.toContain('Operations of the store');
  }, 30_000);

  test.each([
    [['--from', 'package.json'], /^--from takes a file .* and package\.json is none\.\n$/],
    [['--from', 'nowhere.json'], /^--from takes a file .* and nowhere\.json cannot be read\.\n$/],
    [
      ['--only', 'redis', '--picture', 'a.svg'],
      /^--picture needs the sections redis and instance, or --from\.\n$/,
    ],
    [['--only', 'million', '--sessions', '100000000'], /^100000000 sessions need .*GiB.*\.\n$/],
  ])(
    '%j is refused in one line, before anything is started',
    async (args, line) => {
      await using command = new Command(program, args);
      expect([await command.exitCode(), command.output]).toEqual([2, expect.stringMatching(line)]);
    },
    30_000,
  );

  test('Ctrl-C while it fills leaves no process and no file behind', async () => {
    await using command = new Command(program, ['--only', 'million', '--sessions', '300000', '--json', json]);
    await command.waitForOutput(/million: \d+ of 300000 sessions/, 120_000);
    command.signalGroup('SIGINT');
    expect([await command.exitCode(), command.output]).toEqual([130, expect.stringContaining('Stopping')]);
    await command.waitUntilNothingIsLeft(20_000);
  }, 180_000);
});

const cost = { perSecond: positive, instanceMs: positive, redisUs: positive };
