import { fileURLToPath } from 'node:url';
import { describeExit } from '../../supervision/child.ts';
import type { Workspace } from '../../supervision/workspace.ts';
import { FleetError } from '../fleet.ts';
import { compileCache } from './instance.ts';

const program = fileURLToPath(new URL('../../../../app/src/migrate.ts', import.meta.url));

/** Makes the app's tables, as a deployment does: once, before the first instance starts. */
export async function migrate(workspace: Workspace, databaseUrl: string): Promise<void> {
  const child = await workspace.start({
    name: 'migrate',
    command: process.execPath,
    args: [program],
    env: { ...compileCache, NODE_ENV: 'production', DATABASE_URL: databaseUrl },
  });
  const end = await child.end(30_000);
  if (end.code !== 0)
    throw new FleetError(`The migrations ended ${describeExit(end)}:\n${child.log.excerpt()}`);
}
