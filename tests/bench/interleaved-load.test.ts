import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import {
  type InterleavedLoadReport,
  interleavedLoadReport,
} from '../../services/bench/src/load/interleaved-load-job.ts';

const program = join(import.meta.dirname, '../../services/bench/src/load/interleaved-load.ts');

test('gives each candidate its slices, one after the other and never two at once', async () => {
  const open = { quick: 0, slow: 0 };
  let together = 0;
  const answerAfter =
    (name: 'quick' | 'slow', ms: number): RequestListener =>
    (_req, res) => {
      open[name]++;
      if (open.quick > 0 && open.slow > 0) together++;
      setTimeout(() => {
        open[name]--;
        res.end('{}');
      }, ms);
    };
  const report = await interleaved({ quick: answerAfter('quick', 10), slow: answerAfter('slow', 40) });
  expect(together).toBe(0);
  const threeSlices = [expect.any(Number), expect.any(Number), expect.any(Number)];
  expect(report).toMatchObject({
    quick: { perSecond: threeSlices },
    slow: { perSecond: threeSlices },
  });
  const { quick, slow } = report;
  // Both servers are in this process, which is what is measured.
  const known = process.platform === 'linux' ? threeSlices : [];
  expect([quick?.cpuUs, slow?.cpuUs]).toEqual([known, known]);
  expect([quick?.failures, slow?.failures]).toEqual([{}, {}]);
  for (const rate of slow?.perSecond ?? []) expect(rate).toBeLessThanOrEqual(50); // 2 connections ÷ 40 ms
  expect(slow?.p99Ms).toBeGreaterThanOrEqual(39);
  expect(quick?.answered).toBeGreaterThan(slow?.answered ?? 0);
}, 20_000);

test('reports every answer that was not the expected one', async () => {
  const { broken } = await interleaved({ broken: (_req, res) => res.writeHead(500).end() });
  expect(broken?.failures).toEqual({ 'status 500': expect.any(Number) });
  expect(broken?.answered).toBe(0);
}, 20_000);

async function interleaved(
  handlers: Readonly<Record<string, RequestListener>>,
): Promise<InterleavedLoadReport> {
  await using servers = new AsyncDisposableStack();
  const candidates = [];
  for (const [name, handler] of Object.entries(handlers)) {
    const server = createServer(handler);
    servers.defer(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a TCP port');
    candidates.push({
      name,
      origin: `http://127.0.0.1:${address.port}`,
      requests: [{ path: '/', method: 'GET', headers: {} }],
      pid: process.pid,
    });
  }
  const job = { candidates, connections: 2, sliceMs: 120, slices: 3 };
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(job)]);
  return interleavedLoadReport.parse(JSON.parse(stdout));
}
