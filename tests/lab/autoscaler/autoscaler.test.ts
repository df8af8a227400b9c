import { describe, expect, test } from '@jest/globals';
import {
  Autoscaler,
  AutoscalerError,
  type AutoscalerOptions,
} from '../../../services/lab/src/autoscaler/autoscaler.ts';
import { until } from '../../support/wait.ts';

/** A fleet that only counts. A change takes as long as its `change` says. */
class CountedFleet {
  count = 1;
  changesAtOnce = 0;
  mostChangesAtOnce = 0;
  change: () => Promise<void> = () => new Promise((resolve) => setTimeout(resolve, 20));

  async instances() {
    return Array.from({ length: this.count }, (_, n) => ({ name: `app-${n}` }));
  }

  async scaleTo(count: number) {
    this.mostChangesAtOnce = Math.max(this.mostChangesAtOnce, ++this.changesAtOnce);
    await this.change();
    this.count = count;
    this.changesAtOnce--;
  }
}

function start(fleet: CountedFleet, options: Partial<AutoscalerOptions> = {}) {
  const load = { onAllTogether: 100 };
  const autoscaler = new Autoscaler({
    fleet,
    metric: (instances) => load.onAllTogether / instances,
    ...{ target: 100, min: 1, max: 5, scaleDownWindowSeconds: 0.1, everyMs: 5 },
    ...options,
  });
  return { autoscaler, load };
}

describe('an autoscaler', () => {
  test('follows the load up to the maximum and down to the minimum, one change at a time', async () => {
    const fleet = new CountedFleet();
    const { autoscaler, load } = start(fleet);
    await using _ = autoscaler;
    load.onAllTogether = 300;
    await until('three instances', () => fleet.count === 3);
    load.onAllTogether = 9_000;
    await until('all five instances', () => fleet.count === 5);
    load.onAllTogether = 0;
    await until('one instance', () => fleet.count === 1);

    const changes = (await autoscaler.stop()).filter(({ instances, desired }) => desired !== instances);
    expect(changes.map(({ instances, desired }) => [instances, desired])).toEqual([
      [1, 3],
      [3, 5],
      [5, 1],
    ]);
    expect(fleet.mostChangesAtOnce).toBe(1);
  });

  test('keeps what it has for as long as the window lasts', async () => {
    const fleet = new CountedFleet();
    fleet.count = 4;
    const { autoscaler } = start(fleet, { scaleDownWindowSeconds: 60 });
    await using _ = autoscaler;
    await until('ten steps', () => autoscaler.steps.length >= 10);
    expect(fleet.count).toBe(4);
    expect(autoscaler.steps.at(-1)).toMatchObject({ instances: 4, metric: 25, desired: 4 });
  });

  test('stops only when the change that it has begun is done, and begins no other', async () => {
    const fleet = new CountedFleet();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    fleet.change = () => {
      begin();
      return done;
    };
    const { autoscaler, load } = start(fleet);
    await using _ = autoscaler;
    load.onAllTogether = 300;
    await begun;
    const stopped = autoscaler.stop();
    load.onAllTogether = 500;
    finish();
    expect((await stopped).at(-1)).toMatchObject({ instances: 1, desired: 3 });
    expect([fleet.count, fleet.changesAtOnce]).toEqual([3, 0]);
  });

  test('that is told to stop while it waits does so at once', async () => {
    const fleet = new CountedFleet();
    const { autoscaler } = start(fleet, { everyMs: 3_600_000 });
    await using _ = autoscaler;
    await until('the first step', () => autoscaler.steps.length === 1);
    await expect(autoscaler.stop()).resolves.toHaveLength(1);
  });
});

describe('an autoscaler ends by itself, and stop() says why,', () => {
  test.each([
    ['when the metric cannot be had', { metric: () => Promise.reject(new Error('nobody counts')) }, 'nobody'],
    ['when the metric is no number', { metric: () => Number.NaN }, 'a metric is 0 or more'],
    [
      'when a step takes too long',
      { metric: () => new Promise<number>(() => {}), stepDeadlineMs: 30 },
      '0.03 s',
    ],
  ] as const)('%s', async (_when, options, sentence) => {
    const { autoscaler } = start(new CountedFleet(), options);
    await using _ = autoscaler;
    await until('its end', () => autoscaler.failure);
    await expect(autoscaler.stop()).rejects.toThrow(AutoscalerError);
    await expect(autoscaler.stop()).rejects.toThrow(sentence);
  });

  test('when a change fails, and leaves the fleet alone from then on', async () => {
    const fleet = new CountedFleet();
    fleet.change = () => Promise.reject(new Error('no instance came up'));
    const { autoscaler, load } = start(fleet);
    await using _ = autoscaler;
    load.onAllTogether = 300;
    await until('its end', () => autoscaler.failure);
    await expect(autoscaler.stop()).rejects.toMatchObject({ cause: new Error('no instance came up') });
    expect(fleet.changesAtOnce).toBe(1);
  });
});
