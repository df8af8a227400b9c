// The alerts of infra/prometheus/rules, by the test file beside them, with the promtool of Prometheus' image.

import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { docker } from '../../services/lab/src/fleet/compose/docker.ts';
import { officialImage } from '../../services/lab/src/fleet/compose/images.ts';
import { imageIsHere } from './images.ts';

const folder = fileURLToPath(new URL('../../infra/prometheus', import.meta.url));
const testWithPrometheus = (await imageIsHere('PROMETHEUS', 'the alert rules')) ? test : test.skip;

async function promtool(...args: string[]): Promise<string> {
  const mount = ['--volume', `${folder}:/prometheus-files:ro`, '--workdir', '/prometheus-files'];
  const limits = ['--rm', '--network', 'none', '--entrypoint', 'promtool'];
  return docker(['run', ...limits, ...mount, await officialImage('PROMETHEUS'), ...args]);
}

testWithPrometheus("Prometheus' configuration names rules that it understands", async () => {
  expect(await promtool('check', 'config', 'prometheus.yml')).toMatch(/SUCCESS: 11 rules found/);
});

testWithPrometheus('each alert fires when it should, and not before', async () => {
  expect(await promtool('test', 'rules', 'rules/sessions.test.yml')).toMatch(/SUCCESS/);
});
