// All requirements, with what is declared of each.

import { asvsChapters, type Level } from './asvs-levels.ts';
import type { Declaration, Declarations, RequirementId } from './declaration.ts';
import { nist, nistStrength } from './nist.ts';
import { v3 } from './v3-web-frontend.ts';
import { v4 } from './v4-api.ts';
import { v6 } from './v6-authentication.ts';
import { v7 } from './v7-sessions.ts';
import { v13 } from './v13-configuration.ts';
import { v14 } from './v14-data.ts';
import { v16 } from './v16-logging.ts';

export interface Requirement {
  readonly id: RequirementId;
  /** The level of the ASVS, or how strongly NIST demands it. */
  readonly level: Level | 'SHALL' | 'SHOULD';
  readonly declaration: Declaration;
}

export interface Chapter {
  readonly title: string;
  readonly requirements: readonly Requirement[];
}

const asvs: Declarations = { ...v3, ...v4, ...v6, ...v7, ...v13, ...v14, ...v16 };

/** In the order of the standards. @throws when one has no declaration, or a declaration has no requirement */
export function chapters(): Chapter[] {
  const used = new Set<string>();
  const find = (id: RequirementId, section?: string): Declaration => {
    const key = id in asvs ? id : (section ?? id);
    const declaration = asvs[key] ?? nist[key];
    if (declaration === undefined) throw new Error(`${id} has no declaration in tests/security/requirements`);
    used.add(key);
    return declaration;
  };
  const all = Object.entries(asvsChapters).map(([number, { name, sections }]) => ({
    title: `${number} ${name}`,
    requirements: Object.entries(sections).flatMap(([section, levels]) =>
      levels.map((level, index) => {
        const id = `${section}.${index + 1}`;
        return { id, level, declaration: find(id, section) };
      }),
    ),
  }));
  const ofNist = Object.entries(nistStrength).map(([id, level]) => ({ id, level, declaration: find(id) }));
  const unused = Object.keys({ ...asvs, ...nist }).filter((key) => !used.has(key));
  if (unused.length > 0) throw new Error(`The standards have no ${unused.join(', ')}`);
  return [...all, { title: 'NIST SP 800-63B-4', requirements: ofNist }];
}

/** @throws when the standards have no such requirement */
export function requirementOf(id: RequirementId): Requirement {
  const found = chapters()
    .flatMap(({ requirements }) => requirements)
    .find((requirement) => requirement.id === id);
  if (found === undefined) throw new Error(`The standards have no requirement ${id}`);
  return found;
}
