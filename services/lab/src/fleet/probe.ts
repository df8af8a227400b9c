import { type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * One GET on a connection of its own, which is closed afterwards: a connection that was kept open would be one that
 * the asked process has to wait for when it drains.
 *
 * @param target An address, or the path of a Unix socket and a path behind it.
 */
export function probe(
  target: string | { socketPath: string; path: string },
  timeoutMs = 1_000,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, timeout: timeoutMs, headers: { connection: 'close' } };
    const onResponse = (response: import('node:http').IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
      response.on('error', reject);
    };
    const asked =
      typeof target === 'string'
        ? request(target, options, onResponse)
        : request({ ...options, ...target }, onResponse);
    asked.on('timeout', () => asked.destroy(new Error(`No answer within ${timeoutMs} ms`)));
    asked.on('error', reject);
    asked.end();
  });
}
