// `npm run scale`: what one of each carries, and what a thousand to a hundred million people need. See --help.

import { availableParallelism, loadavg } from 'node:os';
import { WrongUse } from '../../lab/src/commands/command-line.ts';
import { runMainProgram } from '../../lab/src/commands/main-program.ts';
import { describeEnvironment } from '../../lab/src/report/environment.ts';
import { save } from '../../lab/src/report/save.ts';
import { stopSignals } from '../../lab/src/supervision/stop-signals.ts';
import { unlessAborted } from '../../lab/src/supervision/unless-aborted.ts';
import { Bed } from './bed.ts';
import type { ScaleFigures } from './figures.ts';
import { defaultAssumptions } from './model/assumptions.ts';
import { costsOf } from './model/costs-of.ts';
import { needsPicture } from './report/needs-picture.ts';
import { computedPart, markdownOf, measuredParts, type ReportPart, textOf } from './report/parts.ts';
import { saveParts } from './report/save-parts.ts';
import { type Basis, readSavedBasis, type SavedBasis, type ScaleResult } from './report/scale-result.ts';
import { demandRoom, freeRoom } from './room.ts';
import { runScale } from './run-scale.ts';
import { readScaleOptions, type ScaleOptions } from './scale-options.ts';

await runMainProgram(async () => {
  const options = readScaleOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  await (options.from === undefined
    ? measure(options)
    : compute(options, await readSavedBasis(options.from)));
  return 0;
});

async function measure(options: ScaleOptions): Promise<void> {
  const { sections, plan, quick, json } = options;
  const needsBoth = sections.includes('redis') && sections.includes('instance');
  if (options.picture !== undefined && !needsBoth)
    throw new WrongUse('--picture needs the sections redis and instance, or --from.');
  if (sections.includes('million')) demandRoom(plan.million, await freeRoom());

  const [loadBefore = 0] = loadavg();
  const beganMs = performance.now();
  const say = (line: string) => {
    const seconds = (performance.now() - beganMs) / 1000;
    console.error(`${seconds.toFixed(0).padStart(4)} s  ${line}`);
  };
  const signal = stopSignals(say);
  const { promise: dependencyExited, reject: onDependencyExited } = Promise.withResolvers<never>();
  dependencyExited.catch(() => {
    // Handled where the measurements are awaited.
  });
  await using bed = await Bed.open(signal, onDependencyExited);
  let result: ScaleResult | undefined;
  // After each section, so that what fails later does not take the earlier ones with it.
  const onMeasured = async (figures: ScaleFigures) => {
    const seconds = Math.round((performance.now() - beganMs) / 1000);
    const environment = { ...describeEnvironment(bed.versions), loadBefore };
    const basis = basisOf(figures);
    result = { environment, quick, seconds, sections, plan, figures, ...(basis && { basis }) };
    await save(json, `${JSON.stringify(result, null, 2)}\n`);
  };
  const work = runScale(bed, { plan, sections, cores: availableParallelism() }, say, onMeasured);
  await unlessAborted(signal, Promise.race([work, dependencyExited]));
  if (result === undefined) throw new TypeError('There are sections, and so there is a result');
  const { environment, basis } = result;
  await publish(options, measuredParts(result), basis && { environment, quick, basis });
  console.log(`The figures: ${json}`);
}

function basisOf(figures: ScaleFigures): Basis | undefined {
  const costs = costsOf(figures);
  const { million, instance } = figures;
  return (
    costs && {
      ...{ costs, checks: instance?.checks ?? [], checkedWith: defaultAssumptions },
      ...(million && { million: { sessions: million.sessions, bytesPerPerson: million.bytesPerPerson } }),
    }
  );
}

async function compute(options: ScaleOptions, saved: SavedBasis): Promise<void> {
  await publish(options, [], saved);
}

/** Prints all parts and puts them where they were asked for. */
async function publish(
  { markdown, picture, assumptions, people }: ScaleOptions,
  measured: readonly ReportPart[],
  computed: (Pick<SavedBasis, 'environment' | 'quick'> & { readonly basis: Basis }) | undefined,
): Promise<void> {
  const parts = [
    ...measured,
    ...(computed
      ? [computedPart({ ...computed.basis, assumptions, people }, computed.environment, computed.quick)]
      : []),
  ];
  if (markdown !== undefined)
    await saveParts(
      markdown,
      parts.map((part) => ({ name: part.name, text: markdownOf(part) })),
    );
  if (picture !== undefined && computed !== undefined)
    await save(picture, needsPicture(computed.basis.costs, assumptions, computed.environment));
  console.log(textOf(parts));
}
