import { z } from 'zod';
import { FleetError, type InstanceMemory } from '../fleet.ts';
import { docker } from './docker.ts';

const figures = z.object({ rss: z.int(), heapUsed: z.int() });

/**
 * What a Node process in a container occupies, after a full garbage collection, so that two figures can be subtracted.
 * SIGUSR1 opens V8's inspector; it listens inside of the container only, so the program that asks it runs there too.
 *
 * @param id the container's
 * @throws {FleetError} when it does not answer within ten seconds, as a paused process does not
 */
export async function memoryOf(id: string): Promise<InstanceMemory> {
  await docker(['kill', '--signal', 'SIGUSR1', id]);
  const output = await docker(['exec', '--interactive', id, 'node', '--input-type=module', '-'], measuring);
  const { data, error } = figures.safeParse(JSON.parse(output || 'null'));
  if (data === undefined)
    throw new FleetError(`The inspector of an instance answered ${output}`, { cause: error });
  return { rssBytes: data.rss, heapUsedBytes: data.heapUsed };
}

/** Run by the container's own Node. */
const measuring = `
const deadline = AbortSignal.timeout(10_000);
deadline.addEventListener('abort', () => {
  console.error('the inspector did not answer in 10 s');
  process.exit(1);
});
const address = async () => {
  for (;;) {
    try {
      const [target] = await (await fetch('http://127.0.0.1:9229/json/list')).json();
      return target.webSocketDebuggerUrl;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20)); // not open yet
    }
  }
};
const socket = new WebSocket(await address());
await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
const call = (id, method, params) => new Promise((resolve) => {
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data);
    if (message.id === id) resolve(message.result);
  });
  socket.send(JSON.stringify({ id, method, params }));
});
await call(1, 'HeapProfiler.collectGarbage');
const { result } = await call(2, 'Runtime.evaluate', { expression: 'process.memoryUsage()', returnByValue: true });
console.log(JSON.stringify({ rss: result.value.rss, heapUsed: result.value.heapUsed }));
process.exit(0);
`;
