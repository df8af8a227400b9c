// A profile of a running Node process, by V8's inspector: the program needs no code for it.

import { z } from 'zod';
import { openInspector } from '../../../lab/src/fleet/processes/inspector.ts';
import type { Child } from '../../../lab/src/supervision/child.ts';
import { MeasurementError } from '../test-bed.ts';
import { type CpuProfile, cpuProfile } from './cpu-shares.ts';

/** Between two samples, in microseconds. */
const intervalUs = 250;
const deadlineMs = 30_000;

/** Profiles the process while the work goes on. */
export async function profileWhile(child: Child, work: () => Promise<unknown>): Promise<CpuProfile> {
  const inspector = await connect(await openInspector(child));
  try {
    await inspector.call('Profiler.enable');
    await inspector.call('Profiler.setSamplingInterval', { interval: intervalUs });
    await inspector.call('Profiler.start');
    await work();
    return z.object({ profile: cpuProfile }).parse(await inspector.call('Profiler.stop')).profile;
  } finally {
    inspector.close();
  }
}

const reply = z.object({ id: z.int(), result: z.unknown() });

async function connect(address: string) {
  const socket = new WebSocket(address);
  await event(socket, 'open');
  let lastId = 0;
  return {
    async call(method: string, params: object = {}): Promise<unknown> {
      const id = ++lastId;
      socket.send(JSON.stringify({ id, method, params }));
      for (;;) {
        const message = reply.safeParse(JSON.parse(await event(socket, 'message')));
        // The inspector also sends events, which carry no id.
        if (message.data?.id === id) return message.data.result;
      }
    },
    close: () => socket.close(),
  };
}

/** Resolves with the data of the next event of this kind. */
function event(socket: WebSocket, kind: 'open' | 'message'): Promise<string> {
  return new Promise((resolve, reject) => {
    const once = { once: true, signal: AbortSignal.timeout(deadlineMs) };
    const fail = () => reject(new MeasurementError('The inspector of a candidate did not answer'));
    socket.addEventListener(
      kind,
      (event) => resolve(event instanceof MessageEvent ? String(event.data) : ''),
      once,
    );
    socket.addEventListener('close', fail, once);
    socket.addEventListener('error', fail, once);
    once.signal.addEventListener('abort', fail);
  });
}
