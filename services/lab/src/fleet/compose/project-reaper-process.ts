// Removes a Compose project if the laboratory dies: project-reaper-process.ts PROJECT
// project.ts starts it as a watchdog (../../supervision/watchdog.ts): its standard input closes when the laboratory ends,
// and without a line `disarm` the laboratory has died.

import { text } from 'node:stream/consumers';
import { removeProject } from './remove-project.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const [project] = process.argv.slice(2);
const input = await text(process.stdin);
if (project !== undefined && !input.includes('disarm')) await removeProject(project);
