// One client that does not behave, as a process of its own, so that its work does not slow down the bystanders in the
// test's: `node attacker.ts KIND BASE_URL COUNT`. It says `attacking`, goes on until it is ended, and then says what it has
// done, as JSON.

import { connect, type Socket } from 'node:net';
import { type AttackKind, attackKinds } from './attack-kinds.ts';

const [kindName = '', baseUrl = '', countText = ''] = process.argv.slice(2);
const kind: AttackKind | undefined = attackKinds[kindName];
const count = Number(countText);
if (kind === undefined || !(count > 0))
  throw new Error(`expected one of ${Object.keys(attackKinds)} and a count`);
const { hostname, port, host } = new URL(baseUrl);

/** Connections that are open now, with the time at which each may send more. */
const open = new Set<Socket>();
let opened = 0;
const answers: Record<string, number> = {};

function openOne({ first, trickle }: AttackKind): void {
  const socket = connect({ host: hostname, port: Number(port) });
  opened += 1;
  open.add(socket);
  socket.on('connect', () => socket.write(first(host, opened)));
  const timer = trickle === undefined ? undefined : setInterval(() => socket.write(trickle), 1000);
  socket.setEncoding('latin1').on('data', (text: string) => {
    const [, status] = /^HTTP\/1\.1 (\d+)/.exec(text) ?? [];
    if (status !== undefined) answers[status] = (answers[status] ?? 0) + 1;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(timer);
    open.delete(socket);
  });
}

// Whatever was closed is opened again, in small portions, so that the attack goes on at its full width.
const everyMs = 20;
const filling = setInterval(() => {
  const most = Math.ceil((kind.perSecond * everyMs) / 1000);
  for (let n = 0; n < most && open.size < count; n++) openOne(kind);
}, everyMs);

process.stdout.write('attacking\n');

process.once('SIGTERM', () => {
  clearInterval(filling);
  process.stdout.write(`${JSON.stringify({ opened, open: open.size, answers })}\n`, () => process.exit(0));
});
