import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { type LoadJob, type LoadReport, loadReport } from '../../services/bench/src/load/load-job.ts';

const program = join(import.meta.dirname, '../../services/bench/src/load/load-generator.ts');

test('keeps as many requests under way as it has connections, and counts what comes back', async () => {
  let open = 0;
  let most = 0;
  const { answered, perSecond, p50Ms, failures } = await loadOn(
    (_req, res) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        res.end('{}');
      }, 20);
    },
    { pace: { kind: 'closed', connections: 3 } },
  );
  expect(most).toBe(3);
  expect(answered).toBeGreaterThan(0);
  expect(perSecond).toBeLessThanOrEqual(150); // 3 connections ÷ 20 ms
  expect(p50Ms).toBeGreaterThanOrEqual(19);
  expect(failures).toEqual({});
}, 20_000);

test('paced, goes on sending while the server stalls, so that the stall shows in the latencies', async () => {
  const stallMs = 400;
  const beganMs = performance.now();
  let stalled = false;
  const { p50Ms, p99Ms } = await loadOn(
    (_req, res) => {
      // Once, in the middle of what is measured.
      if (!stalled && performance.now() - beganMs > 1_000) {
        stalled = true;
        const untilMs = performance.now() + stallMs;
        while (performance.now() < untilMs);
      }
      res.end('{}');
    },
    { pace: { kind: 'paced', perSecond: 100 }, warmUpMs: 0, measureMs: 3_000 },
  );
  expect(stalled).toBe(true);
  expect(p50Ms).toBeLessThan(stallMs / 2);
  // Some 40 of 300 met the stall. A generator that waits for its answers would have sent a single one of them.
  expect(p99Ms).toBeGreaterThan(stallMs / 2);
}, 20_000);

test('reports every answer that was not the expected one, and does not count it', async () => {
  const { answered, failures } = await loadOn((_req, res) => res.writeHead(503).end(), {
    pace: { kind: 'closed', connections: 1 },
  });
  expect(answered).toBe(0);
  expect(failures).toEqual({ 'status 503': expect.any(Number) });
}, 20_000);

async function loadOn(
  listener: RequestListener,
  job: Pick<LoadJob, 'pace'> & Partial<LoadJob>,
): Promise<LoadReport> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a TCP port');
    const whole: LoadJob = {
      origin: `http://127.0.0.1:${address.port}`,
      request: { path: '/', method: 'GET', headers: {} },
      ...{ expectedStatus: 200, warmUpMs: 100, measureMs: 400 },
      ...job,
    };
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(whole)]);
    return loadReport.parse(JSON.parse(stdout));
  } finally {
    server.close();
  }
}
