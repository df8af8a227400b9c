import { describe, expect, test } from '@jest/globals';
import { readBenchOptions } from '../../../services/bench/src/bench-options.ts';
import { WrongUse } from '../../../services/lab/src/commands/command-line.ts';
import { readDemoOptions } from '../../../services/lab/src/commands/demo-options.ts';
import { readStartOptions } from '../../../services/lab/src/commands/start-options.ts';

describe('npm run demo', () => {
  test('runs everything when nothing is said', () => {
    expect(readDemoOptions([])).toEqual({
      strategy: ['memory', 'sticky', 'connect-redis', 'redis'],
      instances: 4,
      json: '.cache/demo.json',
      fleet: 'processes',
    });
  });

  test('takes lists with commas', () => {
    expect(readDemoOptions(['--only', 'scale-out, crash', '--strategy=memory,redis,redis'])).toMatchObject({
      only: ['scale-out', 'crash'],
      strategy: ['memory', 'redis'],
    });
  });

  test('explains every option in --help', () => {
    const help = readDemoOptions(['--help']);
    for (const option of [
      '--only',
      '--strategy',
      '--instances',
      '--json',
      '--markdown',
      '--picture',
      '--fleet',
    ]) {
      expect(help).toContain(option);
    }
  });

  test.each([
    [['--only', 'scale-sideways'], '--only takes cross-instance-login, scale-out,'],
    [['--strategy', 'redis,cookie'], '--strategy takes memory, sticky, connect-redis or redis'],
    [['--only', 'lost-update', '--strategy', 'sticky'], 'None of these experiments compares sticky'],
    [['--instances', '1'], '--instances takes a whole number from 2 to 16'],
    [['--instances', '4.5'], '--instances takes a whole number from 2 to 16'],
    [['--fleet', 'mainframe'], '--fleet takes processes, compose or kubernetes'],
    [['--context', 'kind-kind'], '--context is about a cluster: add --fleet kubernetes'],
    [['--only', 'flood', '--fleet', 'kubernetes'], 'flood needs clients with addresses of their own'],
    [['--json', ''], '--json takes the name of a file'],
    [['--picture', ''], '--picture takes the name of a file'],
    [['--picture', 'a.svg', '--only', 'crash'], 'the experiment autoscale, which --only leaves out'],
    [['--colour', 'red'], "Unknown option '--colour'"],
    [['scale-out'], 'The options are --only, --strategy'],
    [['--json'], 'The options are'],
  ])('answers %j with one sentence that says what was expected', (args, sentence) => {
    expect(() => readDemoOptions(args)).toThrow(WrongUse);
    expect(() => readDemoOptions(args)).toThrow(sentence);
    expect(() => readDemoOptions(args)).not.toThrow('\n');
  });
});

describe('npm start', () => {
  test('starts three instances with the shared store on port 8080 when nothing is said', () => {
    expect(readStartOptions([])).toEqual({ strategy: 'redis', instances: 3, port: 8080, fleet: 'processes' });
  });

  test.each([
    [['--port', '0'], '--port takes a whole number from 1 to 65535'],
    [['--port', '65536'], '--port takes a whole number from 1 to 65535'],
    [['--instances', '17'], '--instances takes a whole number from 1 to 16'],
    [['--strategy', 'memory,redis'], '--strategy takes memory, sticky, connect-redis or redis'],
  ])('answers %j with one sentence that says what was expected', (args, sentence) => {
    expect(() => readStartOptions(args)).toThrow(sentence);
  });
});

describe('npm run bench', () => {
  test('measures everything when nothing is said', () => {
    expect(readBenchOptions([])).toEqual({
      only: [
        'read',
        'requests',
        'nginx',
        'memory',
        'commands',
        'login-storm',
        'logins',
        'outage',
        'replicas',
      ],
      profile: false,
      quick: false,
      strict: false,
      json: '.cache/bench.json',
    });
  });

  test('takes flags without a value', () => {
    expect(readBenchOptions(['--quick', '--strict', '--rounds', '7', '--only=read'])).toMatchObject({
      ...{ quick: true, strict: true, rounds: 7, only: ['read'] },
    });
  });

  test.each([
    [
      ['--only', 'writes'],
      '--only takes read, requests, nginx, memory, commands, login-storm, logins, outage or replicas',
    ],
    [['--rounds', '0'], '--rounds takes a whole number from 1 to 50'],
    [['--quick=yes'], "Option '--quick' does not take an argument"],
  ])('answers %j with one sentence that says what was expected', (args, sentence) => {
    expect(() => readBenchOptions(args)).toThrow(WrongUse);
    expect(() => readBenchOptions(args)).toThrow(sentence);
  });
});
