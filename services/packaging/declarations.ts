// Puts the declarations that an entry point's users can reach into one file. tsc writes a file for each source, most of
// them of internal parts, and the tools that bundle declarations need the programming interface of an older TypeScript.

import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

interface Declaration {
  readonly text: string;
  readonly file: string;
}

interface Program {
  readonly declarations: Map<string, Declaration>;
  /** What is imported from packages: the name, and the package. */
  readonly imports: Map<string, { readonly from: string; readonly isDefault: boolean }>;
  readonly publicNames: Set<string>;
}

/**
 * @param entry the `.d.ts` that tsc wrote for an entry point
 * @throws where two files declare the same name, or where tsc wrote what this does not know
 */
export async function bundleDeclarations(entry: string): Promise<string> {
  const program: Program = { declarations: new Map(), imports: new Map(), publicNames: new Set() };
  await read(entry, program, new Set(), true);
  const used = reachable(program);
  const imports = [...program.imports].filter(([name]) => used.has(name));
  return [
    ...imports.map(([name, { from, isDefault }]) =>
      // The peers are CommonJS. A default import of them would need `esModuleInterop` in the user's settings.
      isDefault ? `import ${name} = require('${from}');\n` : `import type { ${name} } from '${from}';\n`,
    ),
    ...Array.from(program.declarations, ([name, { text }]) => {
      if (!used.has(name)) return '';
      const bare = text.replace(/^export /, '');
      if (program.publicNames.has(name)) return `export ${bare}`;
      return bare.startsWith('declare ') || /^(type|interface) /.test(bare) ? bare : `declare ${bare}`;
    }),
    // Without it every declaration of the file would be exported.
    'export {};\n',
  ].join('');
}

async function read(file: string, program: Program, seen: Set<string>, isEntry: boolean): Promise<void> {
  if (seen.has(file)) return;
  seen.add(file);
  for (const statement of statements(await readFile(file, 'utf8'))) {
    const from = /from '([^']+)';\n$/.exec(statement)?.[1];
    const names = namesIn(statement);
    if (from?.startsWith('.')) {
      if (isEntry && statement.startsWith('export')) for (const name of names) program.publicNames.add(name);
      await read(join(dirname(file), from.replace(/\.ts$/, '.d.ts')), program, seen, false);
    } else if (from !== undefined) {
      const defaultName = /^import (?:type )?(\w+)(?:,| from)/.exec(statement)?.[1];
      if (defaultName !== undefined) program.imports.set(defaultName, { from, isDefault: true });
      for (const name of names) program.imports.set(name, { from, isDefault: false });
    } else if (statement !== 'export {};\n') {
      declare(statement, file, program, isEntry);
    }
  }
}

function declare(text: string, file: string, program: Program, isEntry: boolean): void {
  const name = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const) (\w+)/.exec(
    text,
  )?.[1];
  if (name === undefined) throw new Error(`${basename(file)}: cannot tell what this declares:\n${text}`);
  const other = program.declarations.get(name);
  if (other !== undefined && other.file !== file)
    throw new Error(`${name} is declared in ${basename(file)} and in ${basename(other.file)}`);
  // Overloads of a function are several statements.
  program.declarations.set(name, { text: (other?.text ?? '') + text, file });
  if (isEntry && text.startsWith('export')) program.publicNames.add(name);
}

/** Each begins at the start of a line with one of these words. */
function statements(text: string): readonly string[] {
  return text.split(/^(?=(?:import|export|declare|type|interface|abstract|class)\b)/m);
}

function namesIn(statement: string): readonly string[] {
  const list = /\{([^}]*)\} from/.exec(statement)?.[1] ?? '';
  return list
    .split(',')
    .map((name) => name.trim().replace(/^type /, ''))
    .filter((name) => name !== '');
}

function reachable({ declarations, publicNames }: Program): ReadonlySet<string> {
  const used = new Set<string>();
  const visit = (name: string) => {
    if (used.has(name)) return;
    used.add(name);
    for (const word of declarations.get(name)?.text.match(/\w+/g) ?? []) {
      // A parameter may have the name of an internal function.
      if (!isFunction(declarations.get(word)?.text)) visit(word);
    }
  };
  for (const name of publicNames) visit(name);
  return used;
}

const isFunction = (declaration = '') => /^(export )?(declare )?function /.test(declaration);
