// The text of docs/security.md: the template beside this file, with what the sources say put in.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { instanceSettings } from '../../../services/lab/setup/settings/instance-settings.ts';
import { eventsTable } from './events-table.ts';
import { proofsIn, testSources } from './proofs.ts';
import { requirementTables, summaryTable, table } from './requirements-table.ts';

export const securityFile = fileURLToPath(new URL('../../../docs/security.md', import.meta.url));
const template = fileURLToPath(new URL('security.md.template', import.meta.url));

/** @throws when a requirement is declared as met and no test proves it, or a part of the template is unknown */
export async function securityDocument(): Promise<string> {
  const [text, settings, sources, events] = await Promise.all([
    readFile(template, 'utf8'),
    instanceSettings(),
    testSources(),
    eventsTable(),
  ]);
  const proofs = proofsIn(sources);
  const part = (name: string): string => {
    const [what, prefixes = ''] = name.split(' ');
    if (what === 'summary') return summaryTable(proofs);
    if (what === 'requirements') return requirementTables(proofs);
    if (what === 'events') return events;
    const rows = settings.filter((setting) =>
      prefixes.split(',').some((start) => setting.name.startsWith(start)),
    );
    if (what !== 'settings' || rows.length === 0) throw new Error(`The template asks for an unknown ${name}`);
    return table(
      ['setting', 'meaning', 'default'],
      rows.map((row) => [`\`${row.name}\``, row.meaning, row.default]),
    );
  };
  return text.replaceAll(/\{\{(.+?)\}\}/g, (_, name: string) => part(name));
}
