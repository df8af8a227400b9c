// The package.json that is published, made from that of the workspace.

import { z } from 'zod';

const workspaceManifest = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  keywords: z.array(z.string()),
  license: z.string(),
  engines: z.object({ node: z.string() }),
  peerDependencies: z.record(z.string(), z.string()),
  dependencies: z.undefined('the package may depend on nothing but its peers').optional(),
});

/** @throws {z.ZodError} for a workspace that lacks something, or that has dependencies */
export function publishedManifest(workspace: unknown) {
  return {
    ...workspaceManifest.parse(workspace),
    type: 'commonjs',
    // For TypeScript's `moduleResolution: node10`, which does not know `exports`.
    main: './index.js',
    types: './index.d.ts',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './package.json': './package.json',
    },
    files: ['index.js', 'index.d.ts'],
  };
}
