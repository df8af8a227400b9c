// An app that keeps something of each request for ever.
import { Server } from 'node:http';

const kept: object[] = [];
const emit = Server.prototype.emit;
Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]) {
  if (event === 'request') kept.push(Array.from({ length: 100 }, (_, n) => `${kept.length} ${n}`));
  return Reflect.apply(emit, this, [event, ...args]);
};
await import('../../../services/app/src/main.ts');
