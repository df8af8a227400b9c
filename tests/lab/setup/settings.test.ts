import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { settingsDocument, settingsFile } from '../../../services/lab/setup/settings/document.ts';
import { describeEach } from '../../../services/lab/setup/settings/found-settings.ts';
import {
  accepts,
  declarations,
  describeSetting,
} from '../../../services/lab/setup/settings/instance-settings.ts';

test('docs/settings.md says what the sources say', async () => {
  const [written, made] = await Promise.all([readFile(settingsFile, 'utf8'), settingsDocument()]);
  if (written !== made) throw new Error('docs/settings.md is out of date. Make it anew: npm run settings');
});

describe('a setting of an instance', () => {
  test('has the comment right before it, and its default and range from the schema', () => {
    const source = `
      /** The port
       * to listen on. */
      PORT: z.number().default(3000),
      NEXT: z.string(),
    `;
    const found = declarations(source);
    expect([...found.keys()]).toEqual(['PORT']);
    const schema = z.string().transform(Number).pipe(z.number().min(1).max(9)).default(3);
    const port = found.get('PORT') ?? { comment: '', code: '' };
    expect(describeSetting('PORT', port, schema)).toEqual({
      meaning: 'The port to listen on.',
      default: '`3`',
    });
    expect(accepts(schema)).toBe('1 to 9');
    expect(accepts(z.enum(['a', 'b']).optional())).toBe('`a`, `b`');
    expect(accepts(z.string('an address'))).toBe('an address');
  });

  test('must say what holds when it is not set, once', () => {
    const declared = (comment: string) => ({ comment, code: '' });
    expect(describeSetting('A', declared('A. Default: none.'), z.string().optional()).default).toBe('none');
    expect(describeSetting('A', declared('A.'), z.string()).default).toBe('**required**');
    expect(() => describeSetting('A', declared('A.'), z.string().optional())).toThrow(/^A: neither/);
    expect(() => describeSetting('A', declared('A. Default: 2.'), z.string().default('1'))).toThrow(
      /^A: the comment says "Default:"/,
    );
  });
});

test('a setting that a source reads must be described, and a described one must be read', () => {
  const found = [
    { name: 'A', path: 'one.ts', default: '1' },
    { name: 'A', path: 'two.ts' },
  ];
  expect(describeEach(found, { A: 'One.' }, 'list.ts')).toEqual([
    { name: 'A', meaning: 'One.', default: '1', paths: ['one.ts', 'two.ts'] },
  ]);
  expect(() => describeEach(found, {}, 'list.ts')).toThrow('one.ts reads A: say in list.ts what it means');
  expect(() => describeEach([], { A: 'One.' }, 'list.ts')).toThrow('Nothing reads A any more');
  expect(() =>
    describeEach([...found, { name: 'A', path: 'three.ts', default: '2' }], { A: 'One.' }, 'list.ts'),
  ).toThrow('A has several defaults: 1 and 2');
});
