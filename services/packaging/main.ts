// `npm run pack:session-store`: the tarballs of the store and of its conformance suite, and what is in them.

import { join, relative } from 'node:path';
import { publishedWorkspaces } from './build.ts';
import { pack } from './pack.ts';

for (const workspace of publishedWorkspaces) {
  const { path, size, files } = await pack(workspace, join(import.meta.dirname, '..', workspace, 'dist'));
  console.log(`${relative('.', path)}: ${size} bytes`);
  for (const file of files) console.log(`${String(file.size).padStart(8)} ${file.path}`);
}
