import { z } from 'zod';
import { FleetError, type InstanceMemory } from './fleet.ts';

const figures = z.object({ rss: z.int(), heapUsed: z.int() });

/** How a container's processes are reached. */
export interface ContainerAccess {
  /** Sends SIGUSR1 to the instance, which opens V8's inspector. It listens inside of the container only. */
  openInspector(): Promise<unknown>;
  /** Runs the container's own Node with this program, as standard input, and returns what it writes. */
  runNode(program: string): Promise<string>;
}

/**
 * What a Node process in a container occupies, after a full garbage collection, so that two figures can be subtracted.
 *
 * @throws {FleetError} when it does not answer within ten seconds, as a paused process does not
 */
export async function containerMemory(access: ContainerAccess): Promise<InstanceMemory> {
  await access.openInspector();
  const output = await access.runNode(measuring);
  const { data, error } = figures.safeParse(JSON.parse(output || 'null'));
  if (data === undefined)
    throw new FleetError(`The inspector of an instance answered ${output}`, { cause: error });
  return { rssBytes: data.rss, heapUsedBytes: data.heapUsed };
}

/** How Node is called for {@link ContainerAccess.runNode}. */
export const nodeFromInput = ['node', '--input-type=module', '-'] as const;

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
