import { type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * One GET on a connection of its own, which is closed afterwards: for one that is kept open, the process that answers
 * would have to wait when it drains.
 *
 * @param target A URL, or the path of a Unix socket and the path of the request.
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
    const sent =
      typeof target === 'string'
        ? request(target, options, onResponse)
        : request({ ...options, ...target }, onResponse);
    sent.on('timeout', () => sent.destroy(new Error(`No answer within ${timeoutMs} ms`)));
    sent.on('error', reject);
    sent.end();
  });
}
