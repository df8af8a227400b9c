// An app that keeps something of each request for ever: some 2 KB.
import { Server } from 'node:http';

const kept: object[] = [];
const emit = Server.prototype.emit;
Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]) {
  if (event === 'request') kept.push(new Array(250).fill(0));
  return Reflect.apply(emit, this, [event, ...args]);
};
await import('../../../services/app/src/main.ts');
