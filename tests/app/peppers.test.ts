import { expect, test } from '@jest/globals';
import { parsePeppers } from '../../services/app/src/settings/peppers.ts';

const [old, fresh] = ['an old pepper that is long enough..', 'a new pepper that is long enough..'];

test('a pepper alone has version 1, so that a deployment that has one can add another', () => {
  expect(parsePeppers(old)).toEqual([{ version: 1, key: old }]);
});

test('several have their versions, and the first is for new hashes', () => {
  const peppers = [
    { version: 2, key: fresh },
    { version: 1, key: old },
  ];
  expect(parsePeppers(`2:${fresh},1:${old}`)).toEqual(peppers);
  expect(parsePeppers(`2:${fresh}\n1:${old}\n`)).toEqual(peppers);
});

test.each([
  ['nothing', ''],
  ['too short', 'short'],
  ['too short behind its version', '1:short'],
  ['one version twice', `1:${fresh},1:${old}`],
  ['version 0', `0:${fresh}`],
  // It would be taken for one long pepper, and no password would match.
  ['several without versions', `${fresh},${old}`],
  ['one of two without a version', `2:${fresh},${old}`],
])('refused: %s', (_what, text) => {
  expect(parsePeppers(text)).toBeUndefined();
});
