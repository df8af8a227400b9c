import { z } from 'zod';
import type { Child } from '../../supervision/child.ts';
import { FleetError, type InstanceMemory } from '../fleet.ts';

// A full garbage collection of a heap that is nearly full takes seconds.
const deadlineMs = 10_000;

const memoryResult = z.object({
  result: z.object({ result: z.object({ value: z.object({ rss: z.int(), heapUsed: z.int() }) }) }),
});

/**
 * Opens V8's inspector of a Node process with SIGUSR1; the program needs no code for it.
 *
 * @returns The inspector's address. It stays open as long as the process runs.
 */
export async function openInspector(child: Child): Promise<string> {
  child.signal('SIGUSR1');
  return await child.line(
    'its inspector was open',
    (line) => /^Debugger listening on (ws:\S+)/.exec(line)?.[1],
    deadlineMs,
  );
}

/**
 * What a Node process occupies, after a full garbage collection, so that two figures can be subtracted.
 *
 * @param address The inspector's.
 * @throws {FleetError} When it does not answer within ten seconds, as a paused process does not.
 */
export async function measureMemory(address: string): Promise<InstanceMemory> {
  const socket = new WebSocket(address);
  try {
    await next(socket, 'open');
    await call(socket, { id: 1, method: 'HeapProfiler.collectGarbage' });
    const response = await call(socket, {
      id: 2,
      method: 'Runtime.evaluate',
      params: { expression: 'process.memoryUsage()', returnByValue: true },
    });
    const { rss, heapUsed } = memoryResult.parse(response).result.result.value;
    return { rssBytes: rss, heapUsedBytes: heapUsed };
  } finally {
    socket.close();
  }
}

async function call(
  socket: WebSocket,
  command: { id: number; method: string; params?: object },
): Promise<unknown> {
  socket.send(JSON.stringify(command));
  for (;;) {
    const message: unknown = JSON.parse(await next(socket, 'message'));
    // The inspector also sends events, which carry no id.
    if (z.object({ id: z.literal(command.id) }).safeParse(message).success) return message;
  }
}

/** Resolves with the data of the next event of this kind. */
function next(socket: WebSocket, kind: 'open' | 'message'): Promise<string> {
  return new Promise((resolve, reject) => {
    const once = { once: true, signal: AbortSignal.timeout(deadlineMs) };
    const fail = (why: string) => reject(new FleetError(`The inspector of an instance ${why}`));
    socket.addEventListener(
      kind,
      (event) => resolve(event instanceof MessageEvent ? String(event.data) : ''),
      once,
    );
    socket.addEventListener('close', () => fail('closed its connection'), once);
    socket.addEventListener('error', () => fail('could not be reached'), once);
    once.signal.addEventListener('abort', () => fail(`did not answer in ${deadlineMs / 1000} s`));
  });
}
