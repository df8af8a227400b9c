// What V8's inspector tells of a running Node process: the program needs no code for it.

import { z } from 'zod';
import { MeasurementError } from '../test-bed.ts';
import { type CpuProfile, cpuProfile } from './cpu-shares.ts';

/** Between two samples, in microseconds. */
const intervalUs = 250;
/** Between two samples of what is allocated, in bytes, on average. */
const intervalBytes = 8192;
const deadlineMs = 30_000;

/** Profiles the process while the work goes on. @param address the inspector's */
export async function profileWhile(address: string, work: () => Promise<unknown>): Promise<CpuProfile> {
  const inspector = await connect(address);
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

interface Allocations {
  readonly selfSize: number;
  readonly children: readonly Allocations[];
}
const allocations: z.ZodType<Allocations> = z.object({
  selfSize: z.number(),
  children: z.array(z.lazy(() => allocations)),
});
const samplingResult = z.object({ profile: z.object({ head: allocations }) });

/**
 * How many bytes of what is allocated while the work goes on are not freed by the quick collections of young objects: they are
 * copied, and wait for a full collection. An estimate from samples. @param address the inspector's
 */
export async function survivingBytesWhile(address: string, work: () => Promise<unknown>): Promise<number> {
  const inspector = await connect(address);
  try {
    await inspector.call('HeapProfiler.enable');
    await inspector.call('HeapProfiler.startSampling', {
      samplingInterval: intervalBytes,
      includeObjectsCollectedByMajorGC: true,
    });
    await work();
    const { profile } = samplingResult.parse(await inspector.call('HeapProfiler.stopSampling'));
    return sizeOf(profile.head);
  } finally {
    inspector.close();
  }
}

function sizeOf({ selfSize, children }: Allocations): number {
  return children.reduce((sum, child) => sum + sizeOf(child), selfSize);
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
