import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { scriptSettings, setByLoad } from '../../../services/lab/src/k6/script-settings.ts';

/** Of strategy.env, which the k6 of docker-compose.yml reads as the instances do. */
const setByCompose = ['SESSION_STRATEGY'];

test('k6 in a container is given every setting that a script reads', async () => {
  const cwd = join(import.meta.dirname, '../../../loadtest');
  const read = new Set<string>();
  for await (const file of glob('**/*.ts', { cwd })) {
    const text = await readFile(join(cwd, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/\b__ENV\.(\w+)/g)) read.add(name);
  }
  expect([...scriptSettings, ...setByLoad, ...setByCompose].sort()).toEqual([...read].sort());
});
