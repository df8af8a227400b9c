// An app in which a request with the header X-Wait has its session and then waits with storing it, until the instance
// gets a request with the header X-Go. So a test can do something in between, on another instance.
import { IncomingMessage, Server } from 'node:http';
import expressSession from 'express-session';

let gate = Promise.withResolvers<void>();

const emit = Server.prototype.emit;
Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]) {
  const [request] = args;
  if (event === 'request' && request instanceof IncomingMessage && request.headers['x-go'] !== undefined) {
    gate.resolve();
    gate = Promise.withResolvers();
  }
  return Reflect.apply(emit, this, [event, ...args]);
};

const { save } = expressSession.Session.prototype;
expressSession.Session.prototype.save = function (this: expressSession.Session, done) {
  const request: unknown = Reflect.get(this, 'req');
  if (!(request instanceof IncomingMessage) || request.headers['x-wait'] === undefined)
    return save.call(this, done);
  process.stdout.write('waits with storing\n');
  gate.promise.then(() => save.call(this, done));
  return this;
};

await import('../../../services/app/src/main.ts');
