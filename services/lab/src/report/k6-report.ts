// k6's HTML report has graphs over time, and neither says what was run nor what came of it. This puts the run's own title,
// outcome and figures above the graphs.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { save } from './save.ts';

/** The part of a script's figures (loadtest/lib/summary.ts) that is shown. */
const figures = z.object({
  script: z.string(),
  strategy: z.string(),
  baseUrl: z.string(),
  seconds: z.number(),
  finished: z.boolean(),
  passed: z.boolean(),
  problem: z.string().nullable(),
  instances: z.array(z.string()),
  rows: z.array(z.tuple([z.string(), z.string()])),
  thresholds: z.array(
    z.object({
      metric: z.string(),
      source: z.string(),
      ok: z.boolean(),
      samples: z.boolean(),
      was: z.number().nullable(),
    }),
  ),
});
type Figures = z.output<typeof figures>;

/** Adds them to the report in place. @throws when k6 has written another page than the one that is known here */
export async function titleReport(htmlFile: string, jsonFile: string, startedAt: Date): Promise<void> {
  const run = figures.parse(JSON.parse(await readFile(jsonFile, 'utf8')));
  await save(htmlFile, titled(await readFile(htmlFile, 'utf8'), run, startedAt));
}

function titled(html: string, run: Figures, startedAt: Date): string {
  const title = escaped(titleOf(run, startedAt));
  const parts: readonly [RegExp, string][] = [
    [/<title>.*?<\/title>/, `<title>${title}</title><style>${style}</style><script>${fitLabels}</script>`],
    [/<body[^>]*>/, `$&${section(title, run)}`],
  ];
  return parts.reduce((page, [place, text]) => {
    if (!place.test(page)) throw new Error(`k6's report has no ${place.source}`);
    // As a function, so that a $ in a figure stays one.
    return page.replace(place, (found) => text.replace('$&', () => found));
  }, html);
}

/** `02-cross-instance-login · redis · 3 instances · 2026-11-30 06:03 UTC` */
function titleOf({ script, strategy, instances }: Figures, startedAt: Date): string {
  const count = `${instances.length || 'unknown'} instance${instances.length === 1 ? '' : 's'}`;
  const date = startedAt.toISOString().slice(0, 16).replace('T', ' ');
  return [script, strategy === 'unknown' ? 'strategy unknown' : strategy, count, `${date} UTC`].join(' · ');
}

function section(title: string, run: Figures): string {
  const row = ([label, text]: readonly [string, string]) =>
    `<tr><th>${escaped(label)}</th><td>${escaped(text)}</td></tr>`;
  const thresholds = run.thresholds.map(({ metric, source, ok, samples, was }) =>
    row([
      `${ok ? (samples ? '✓' : '–') : '✗'} ${metric}: ${source}`,
      ok ? (samples ? '' : 'without a sample') : `was ${was ?? 'never measured'}`,
    ]),
  );
  return `<section id="run"><h1>${title}</h1>
<p><strong>${escaped(outcome(run))}</strong> ${escaped(run.baseUrl)}, ${run.seconds.toFixed(0)} s</p>
<table>${run.rows.map(row).join('')}</table><table>${thresholds.join('')}</table></section>`;
}

function outcome({ passed, finished, problem }: Figures): string {
  if (problem !== null) return `✗ Nothing was measured: ${problem}.`;
  if (!finished) return '✗ Not finished: this is the part of the run before it was stopped.';
  return passed ? '✓ Every threshold held.' : '✗ Thresholds were crossed.';
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

// k6's report is light whatever the browser prefers, so this is as well.
const style = `#run { max-width: 72em; margin: 2em auto 0; padding: 0 2em; font: 15px/1.5 system-ui, sans-serif;
  background: #fff; color: #222; }
#run h1 { font-size: 1.4em; } #run table { border-collapse: collapse; margin: 1em 0; width: 100%; }
#run th, #run td { border-top: 1px solid #ddd; padding: .3em .6em; text-align: left; vertical-align: top; }
#run th { font-weight: 600; width: 22em; }`;

/**
 * k6 draws its graphs with less room for the labels of the axes than these need: `10000.0%` lost its first digit, and the
 * last time its last. A label that would run over the edge is drawn narrower (the fourth argument of fillText).
 */
const fitLabels = `{
  const draw = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const at = this.getTransform().transformPoint({ x, y }).x;
    const right = this.canvas.width - at;
    const room = { right: at, end: at, center: 2 * Math.min(at, right) }[this.textAlign] ?? right;
    draw.call(this, text, x, y, Math.max(room, 8));
  };
}`;
