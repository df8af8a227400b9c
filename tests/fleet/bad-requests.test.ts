import { jest } from '@jest/globals';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';
import { describeProxy } from '../support/proxy-contract.ts';

jest.setTimeout(60_000);

describeProxy('on plain processes', async () => {
  const fleet = await startProcessFleet({ strategy: 'redis', instances: 3 });
  return {
    baseUrl: fleet.baseUrl,
    nginxLog: async () => (await fleet.proxyLog()).join('\n'),
    killInstances: async () => {
      for (const { name } of await fleet.instances()) await fleet.kill(name);
    },
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
});
