import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { WrongUse } from '../../../services/lab/src/commands/command-line.ts';
import { readLoadOptions } from '../../../services/lab/src/commands/load-options.ts';
import { scripts } from '../../../services/lab/src/k6/scripts.ts';

describe('npm run load', () => {
  test('knows every script in loadtest/, and no other', () => {
    const files = readdirSync(join(import.meta.dirname, '../../../loadtest')).filter((file) =>
      file.endsWith('.ts'),
    );
    expect(scripts.map(({ name }) => `${name}.ts`)).toEqual(files.sort());
  });

  test('takes the shared store and three instances when nothing more than a script is said', () => {
    expect(readLoadOptions(['02-cross-instance-login'])).toEqual({
      script: expect.objectContaining({ name: '02-cross-instance-login' }),
      strategy: 'redis',
      instances: 3,
      fleet: 'processes',
      insecure: false,
    });
  });

  test('does not claim to know what a deployment at a URL does with its sessions', () => {
    expect(readLoadOptions(['02', '--url', 'http://shop.example'])).toMatchObject({ strategy: 'unknown' });
    expect(readLoadOptions(['02', '--url', 'http://shop.example', '--strategy', 'memory'])).toMatchObject({
      strategy: 'memory',
    });
  });

  test.each([
    [['02', '--html'], ''],
    [['--html', '--duration', '5s', '02'], ''],
    [['02', '--html', 'report.html'], 'report.html'],
  ])('takes the report’s place, or none, from %j', (args, html) => {
    expect(readLoadOptions(args)).toMatchObject({ html });
  });

  test.each(['05', '5', 'crash', '05-crash', 'loadtest/05-crash.ts'])('finds a script by %s', (word) => {
    expect(readLoadOptions([word])).toMatchObject({ script: { name: '05-crash' } });
  });

  test('explains every script and every option in --help', () => {
    const help = readLoadOptions(['--help']);
    const options = [
      ...['strategy', 'instances', 'url', 'duration', 'users', 'json', 'html', 'fleet'],
      ...['insecure', 'users-file'],
    ];
    for (const word of [...scripts.map(({ name }) => name), ...options.map((name) => `--${name}`)]) {
      expect(help).toContain(word);
    }
  });

  test.each([
    [[], 'One script is needed, such as 02-cross-instance-login'],
    [['01', '02'], 'One script is needed'],
    [['12-party'], 'There is no script 12-party; there are 01-smoke'],
    [['02', '--duration', 'soon'], '--duration takes a time such as 45s'],
    [['02', '--duration', ''], '--duration takes a time such as 45s'],
    [['02', '--duration', '2s'], '--duration takes 3s or more'],
    [['02', '--duration', '0h0m0s'], '--duration takes 3s or more'],
    [['02', '--url', 'here'], '--url takes an address'],
    [
      ['02', '--url', 'http://127.0.0.1', '--fleet', 'compose'],
      '--instances and --fleet are about a deployment',
    ],
    [
      ['02', '--url', 'http://127.0.0.1', '--instances', '4'],
      '--instances and --fleet are about a deployment',
    ],
    [['02', '--insecure'], '--insecure and --users-file are about a deployment that is there already'],
    [['02', '--users-file', 'users.csv'], '--insecure and --users-file are about a deployment'],
    [['02', '--instances', '1'], '--instances takes a whole number from 2 to 16'],
    [['02', '--colour', 'red'], "Unknown option '--colour'"],
  ])('answers %j with one sentence that says what was expected', (args, sentence) => {
    expect(() => readLoadOptions(args)).toThrow(WrongUse);
    expect(() => readLoadOptions(args)).toThrow(sentence);
    expect(() => readLoadOptions(args)).not.toThrow('\n');
  });
});
