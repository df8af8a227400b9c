// The program behind reaper.ts, as ../workspace/last-will.ts runs it: reaper-process.ts PROJECT

import { text } from 'node:stream/consumers';
import { removeProject } from './remove-project.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const [project] = process.argv.slice(2);
const said = await text(process.stdin);
if (project !== undefined && !said.includes('disarm')) await removeProject(project);
