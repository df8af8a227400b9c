// Whether noise can turn a verdict of the demo: runs it again and again beside busy loops, and counts the verdicts.
//
//   npm run demo:under-load -- --runs 10                  a busy loop for each core, at normal priority
//   npm run demo:under-load -- --runs 10 --busy-loops 0   the same on an idle machine
//
// What follows `--` once more goes to the demo. Exit code 0 when every outcome of every run was the expected one, 1 when
// not, 2 for wrong use, 130 after Ctrl-C.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { verdictWords } from '../../services/lab/src/experiments/experiment.ts';
import { stopSignals } from '../../services/lab/src/supervision/stop-signals.ts';
import { startBusyLoop } from '../support/busy-loop.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, '.cache', 'demo-under-load');
/** A run that takes longer than this hangs. Beside busy loops a demo takes some three minutes. */
const runDeadlineMs = 30 * 60_000;

const figures = z.object({
  results: z.array(
    z.object({
      experiment: z.string(),
      strategy: z.string(),
      verdict: z.enum(['expected', 'unexpected', 'inconclusive']),
      reasons: z.array(z.string()),
      observed: z.string(),
    }),
  ),
});

const options = readOptions();
const signal = stopSignals(console.error);
await mkdir(folder, { recursive: true });
console.log(`${options.runs} runs of the demo, ${options.busyLoops} busy loops beside each.`);
let good = 0;
for (let run = 1; run <= options.runs && !signal.aborted; run++) {
  const start = performance.now();
  const outcome = await runDemo(run);
  if (signal.aborted) break;
  if (outcome.allAsExpected) good++;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${String(run).padStart(2)}  ${seconds.padStart(4)} s  ${outcome.words}`);
}
console.log(`${good} of ${options.runs} runs with every outcome as expected.`);
process.exit(signal.aborted ? 130 : good === options.runs ? 0 : 1);

async function runDemo(run: number): Promise<{ allAsExpected: boolean; words: string }> {
  const file = join(folder, `run-${run}.json`);
  const busy = Array.from({ length: options.busyLoops }, () => startBusyLoop(runDeadlineMs));
  try {
    const demo = spawn(
      process.execPath,
      [join(root, 'services/lab/src/commands/demo.ts'), '--json', file, ...options.demo],
      // A process group of its own, so that Ctrl-C reaches it once: from here.
      { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    let progress = '';
    demo.stderr.setEncoding('utf8').on('data', (text: string) => {
      progress += text;
    });
    const stop = () => demo.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    const deadline = setTimeout(stop, runDeadlineMs);
    const [code] = await once(demo, 'close');
    clearTimeout(deadline);
    signal.removeEventListener('abort', stop);
    if (signal.aborted) return { allAsExpected: false, words: 'stopped' };
    if (code !== 0 && code !== 1 && code !== 3) {
      return { allAsExpected: false, words: `the demo ended with exit code ${code}:\n${progress}` };
    }
    return inWords(figures.parse(JSON.parse(await readFile(file, 'utf8'))));
  } finally {
    for (const loop of busy) loop.kill('SIGKILL');
  }
}

function inWords({ results }: z.output<typeof figures>) {
  const others = results.filter(({ verdict }) => verdict !== 'expected');
  const lines = others.map(
    ({ experiment, strategy, verdict, reasons, observed }) =>
      `\n    ${strategy} ${experiment}: ${verdictWords[verdict]}: ${reasons.join('; ')}\n      ${observed.replaceAll('\n', '\n      ')}`,
  );
  return {
    allAsExpected: results.length > 0 && others.length === 0,
    words: `${results.length - others.length} of ${results.length} as expected${lines.join('')}`,
  };
}

function readOptions() {
  const whole = (name: string, from: number, to: number) =>
    z.coerce
      .number(`--${name} takes a whole number from ${from} to ${to}`)
      .int(`--${name} takes a whole number from ${from} to ${to}`)
      .min(from, `--${name} takes a whole number from ${from} to ${to}`)
      .max(to, `--${name} takes a whole number from ${from} to ${to}`);
  try {
    const { values, positionals } = parseArgs({
      options: { runs: { type: 'string' }, 'busy-loops': { type: 'string' } },
      allowPositionals: true,
    });
    return {
      runs: whole('runs', 1, 100).parse(values.runs ?? 10),
      busyLoops: whole('busy-loops', 0, 64).parse(values['busy-loops'] ?? availableParallelism()),
      demo: positionals,
    };
  } catch (error) {
    console.error(error instanceof z.ZodError ? error.issues[0]?.message : String(error));
    process.exit(2);
  }
}
