import type { Dispatcher } from 'undici';
import type { RequestSpec } from './load-job.ts';
import type { LoadRecorder } from './load-recorder.ts';

/**
 * Sends one request of a load generator; resolves with the last byte of its answer. Never rejects: what became of it goes
 * to the recorder. By `dispatch`, undici's lowest level, since the generator shares the cores with what it measures.
 */
export function sendRequest(
  target: Dispatcher,
  { path, method, headers, body }: RequestSpec,
  recorder: LoadRecorder,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sentMs = performance.now();
  let status = 0;
  target.dispatch(
    { path, method, headers, body: body ?? null },
    {
      onRequestStart: () => {},
      onResponseStart: (_controller, statusCode) => {
        status = statusCode;
      },
      onResponseData: () => {},
      onResponseEnd: () => {
        recorder.answer(sentMs, status);
        resolve();
      },
      onResponseError: (_controller, error) => {
        recorder.failure(error.message);
        resolve();
      },
    },
  );
  return promise;
}
