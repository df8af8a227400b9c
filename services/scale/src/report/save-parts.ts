import { readFile } from 'node:fs/promises';
import { save, savePart } from '../../../lab/src/report/save.ts';

/**
 * Writes parts of a document anew, each between its lines `<!-- scale NAME -->` and `<!-- /scale NAME -->`. What the
 * document has no lines for is added at its end, with them.
 */
export async function saveParts(
  file: string,
  parts: readonly { readonly name: string; readonly text: string }[],
): Promise<void> {
  for (const { name, text } of parts) {
    const before = await readFile(file, 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const marked = `scale ${name}`;
    if (before.includes(`<!-- ${marked} -->`)) await savePart(file, marked, text);
    else
      await save(
        file,
        `${before}${before === '' ? '' : '\n'}<!-- ${marked} -->\n${text}\n<!-- /${marked} -->\n`,
      );
  }
}
