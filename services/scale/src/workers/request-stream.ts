import type { Pool } from 'undici';
import type { StreamReport } from './http-job.ts';
import { Latencies } from './latencies.ts';
import { countsForRate, keepPace, type Pace } from './pace.ts';
import type { Request } from './requests.ts';

/** One kind of request, with its own pace and its own latencies. */
export class RequestStream {
  #latencies: Latencies | undefined;
  #answered = 0;
  #perSecond = 0;
  #beganMs = 0;
  readonly #pace: Pace;
  readonly #next: () => Request;
  readonly #target: Pool;

  constructor(target: Pool, pace: Pace, next: () => Request) {
    this.#target = target;
    this.#pace = pace;
    this.#next = next;
  }

  /** Resolves when it is over and the last answer is there. */
  run(over: AbortSignal): Promise<void> {
    const skipped = () => this.#latencies?.failed('not sent: too many under way');
    return keepPace(this.#pace, over, (dueMs) => this.#send(dueMs), skipped);
  }

  /** From now on it is measured. */
  begin(): void {
    this.#latencies = new Latencies();
    this.#answered = 0;
    this.#beganMs = performance.now();
  }

  /** The rate is that until now. What was sent by now is among the latencies still: it is among the slowest. */
  end(): void {
    this.#perSecond = (this.#answered * 1000) / (performance.now() - this.#beganMs);
  }

  report(): StreamReport {
    return { samples: (this.#latencies ?? new Latencies()).report(), perSecond: this.#perSecond };
  }

  /** Resolves with the last byte of its answer. By undici's lowest level, since it shares the cores with what it measures. */
  #send(dueMs: number): Promise<void> {
    const latencies = this.#latencies;
    const { method, path, headers, body } = this.#next();
    const { promise, resolve } = Promise.withResolvers<void>();
    let outcome = '';
    this.#target.dispatch(
      { method, path, headers, body: body ?? null },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, status, answer) => {
          // Of whoever asks for readiness, nobody waits for a time.
          const saysWhen = path === '/readyz' || answer['retry-after'] !== undefined;
          outcome = `status ${status}${status === 503 && !saysWhen ? ' without Retry-After' : ''}`;
        },
        onResponseData: () => {},
        onResponseEnd: () => {
          if (outcome === 'status 200') {
            if (countsForRate(this.#pace, latencies !== undefined)) this.#answered++;
            latencies?.ok(performance.now() - dueMs);
          } else latencies?.failed(outcome);
          resolve();
        },
        onResponseError: (_controller, error) => {
          latencies?.failed(error.message);
          resolve();
        },
      },
    );
    return promise;
  }
}
