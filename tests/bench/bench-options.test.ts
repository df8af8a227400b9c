import { expect, test } from '@jest/globals';
import { readBenchOptions } from '../../services/bench/src/bench-options.ts';
import { estimatedSeconds, fullPlan, quickPlan, sections } from '../../services/bench/src/plan.ts';

test('without options everything is measured but the profile', () => {
  expect(readBenchOptions([])).toMatchObject({ only: [...sections], profile: false, quick: false });
});

test('one question, or the profile, can be asked alone', () => {
  expect(readBenchOptions(['--only', 'read,requests'])).toMatchObject({ only: ['read', 'requests'] });
  expect(readBenchOptions(['--profile'])).toMatchObject({ profile: true });
});

test('a section that there is not is refused with those that there are', () => {
  expect(() => readBenchOptions(['--only', 'reads'])).toThrow(
    /--only takes read, requests, nginx, memory, commands/,
  );
});

test('the time that is left is known of every section: a full run takes less than 15 minutes, a quick one less than 4', () => {
  const total = (plan: typeof fullPlan) =>
    sections.reduce((sum, section) => sum + estimatedSeconds(section, plan), 0);
  expect(total(fullPlan)).toBeGreaterThan(300);
  expect(total(fullPlan)).toBeLessThan(900);
  expect(total(quickPlan)).toBeLessThan(240);
});
