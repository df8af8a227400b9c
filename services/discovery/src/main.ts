// Tells the proxy which instances are ready, as a headless Service does in Kubernetes: a DNS server for one name. Docker's
// own knows which containers there are, but a new one before it listens, and one that drains until its end.
//
//   node services/discovery/src/main.ts NAME PORT      the name of the instances, and the port that they listen on
//
// Port 5300 (UDP) answers questions for the name, port 8080 `GET /answered`. Ends with 0 on SIGTERM, 64 without arguments.

import { pino } from 'pino';
import { containerNames } from './container-names.ts';
import { startDiscovery } from './discovery.ts';

const [name, port] = process.argv.slice(2);
if (name === undefined || !/^[1-9]\d{0,4}$/.test(port ?? '')) {
  process.stderr.write('Expected a name and a port, such as: app 3000\n');
  process.exit(64);
}
const log = pino({ base: { name: 'discovery' }, timestamp: pino.stdTimeFunctions.isoTime });
const discovery = await startDiscovery({
  ...{ name, port: Number(port), dnsPort: 5300, statusPort: 8080 },
  addressesOf: containerNames({ deadlineMs: 1000 }),
  log: (message, fields) => log.info(fields, message),
});
log.info({ dns: discovery.dnsPort, status: discovery.statusPort }, 'listening');
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await discovery[Symbol.asyncDispose]();
    process.exit(0);
  });
}
