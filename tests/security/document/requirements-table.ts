// The tables of docs/security.md: each requirement, whether it is met, how, and by which tests.

import { type Chapter, chapters, type Requirement } from '../requirements/all-requirements.ts';
import { isMet, type OtherTest, type RequirementId } from '../requirements/declaration.ts';

type Proofs = ReadonlyMap<RequirementId, readonly OtherTest[]>;

/** How many requirements of each level are met, are not, or do not apply. */
export function summaryTable(proofs: Proofs): string {
  const rows = chapters().map(({ title, requirements }) => {
    const verdicts = requirements.map((requirement) => verdictOf(requirement, proofs));
    const count = (wanted: Verdict) => String(verdicts.filter((verdict) => verdict === wanted).length);
    return [title, count('met'), count('**not met**'), count('does not apply')];
  });
  return table(['chapter', 'met', 'not met', 'does not apply'], rows);
}

export function requirementTables(proofs: Proofs): string {
  return chapters()
    .map((chapter) => `### ${chapter.title}\n\n${chapterTable(chapter, proofs)}`)
    .join('\n\n');
}

function chapterTable({ requirements }: Chapter, proofs: Proofs): string {
  const rows = requirements.map((requirement) => {
    const { id, level, declaration } = requirement;
    const because = isMet(declaration)
      ? declaration.how
      : 'notMet' in declaration
        ? declaration.notMet
        : declaration.doesNotApply;
    const tests = (proofs.get(id) ?? []).map(link).join('<br>');
    return [id, String(level), declaration.asks, verdictOf(requirement, proofs), because, tests];
  });
  return table(['requirement', 'level', 'asks', 'here', 'how, or why not', 'test'], rows);
}

type Verdict = 'met' | '**not met**' | 'does not apply';

/** @throws when a requirement is declared as met and no test proves it */
function verdictOf({ id, declaration }: Requirement, proofs: Proofs): Verdict {
  if (!isMet(declaration)) return 'notMet' in declaration ? '**not met**' : 'does not apply';
  if (!proofs.has(id)) throw new Error(`${id} is declared as met, and no test proves it`);
  return 'met';
}

function link({ file, test }: OtherTest): string {
  return `[${test}](../${file})`;
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
