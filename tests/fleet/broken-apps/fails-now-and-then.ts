// An app that answers every twentieth request with an error of its own.
import { Server } from 'node:http';

let requests = 0;
const emit = Server.prototype.emit;
Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]) {
  const [request, response] = args;
  if (event === 'request' && isMe(request) && ++requests % 20 === 0 && hasEnd(response)) {
    response.statusCode = 500;
    response.end();
    return true;
  }
  return Reflect.apply(emit, this, [event, ...args]);
};
await import('../../../services/app/src/main.ts');

function isMe(request: unknown): boolean {
  return typeof request === 'object' && request !== null && 'url' in request && request.url === '/api/v1/me';
}

function hasEnd(response: unknown): response is { statusCode: number; end(): void } {
  return typeof response === 'object' && response !== null && 'end' in response;
}
