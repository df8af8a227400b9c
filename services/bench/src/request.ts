// One request of a load generator.

import type { Dispatcher } from 'undici';
import type { RequestSpec } from './load-job.ts';
import type { LoadRecorder } from './load-recorder.ts';

/** From being sent to the last byte of its answer. Never rejects: the recorder is told what became of it. */
export function send(
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
        recorder.answered(sentMs, status);
        resolve();
      },
      onResponseError: (_controller, error) => {
        recorder.failed(error.message);
        resolve();
      },
    },
  );
  return promise;
}
