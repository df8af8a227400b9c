// Sends a made-up request and judges what becomes of it: an answer that is no 5xx, or an end.

import { connect } from 'node:net';
import type { MadeUpRequest } from './made-up-requests.ts';

/** How long a request that is whole may wait for its answer, and a broken one for the end of its connection. */
const deadlineMs = 10_000;
/** A request without an end waits for more. After so long without an answer this side says that there is no more. */
const quietMs = 100;

export interface Outcome {
  /** 0 when there was no answer in HTTP. */
  readonly status: number;
  /** In words, when it is one that must not be. */
  readonly problem?: string;
}

/** Never rejects. */
export function sendMadeUp(baseUrl: string, request: MadeUpRequest): Promise<Outcome> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let answer = '';
    const settle = (problem?: string) => {
      clearTimeout(deadline);
      clearTimeout(quiet);
      socket.destroy();
      const [, status = '0'] = /(?:^|\r\n\r\n)HTTP\/1\.[01] ([2-9]\d\d) /.exec(answer) ?? [];
      const bad = Number(status) >= 500 ? `answered ${status}: ${answer.slice(-200)}` : problem;
      resolve({ status: Number(status), ...(bad !== undefined && { problem: bad }) });
    };
    const deadline = setTimeout(
      () => settle(`nothing in ${deadlineMs} ms, after ${answer.length} bytes`),
      deadlineMs,
    );
    const quiet = request.isWhole ? undefined : setTimeout(() => socket.end(), quietMs);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
      // The proxy may wait for the rest of a body that it has refused: the answer is all there is to see.
      if (isComplete(answer, request.isHead)) settle();
    });
    socket.on('error', () => {});
    socket.on('close', () =>
      settle(request.isWhole && answer === '' ? 'closed without an answer' : undefined),
    );
    socket.write(request.text, 'latin1');
  });
}

/** Whether a whole final answer is there. */
function isComplete(answer: string, isHead: boolean): boolean {
  const start = answer.search(/HTTP\/1\.[01] [2-9]/);
  const end = start === -1 ? -1 : answer.indexOf('\r\n\r\n', start);
  if (end === -1) return false;
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(answer.slice(start, end)) ?? [];
  return isHead || (length !== undefined && answer.length - end - 4 >= Number(length));
}
