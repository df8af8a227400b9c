// nginx with the least that shares requests among processes: nothing of this project's configuration is in it.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../lab/src/fleet/eventually.ts';
import { probe } from '../../lab/src/fleet/probe.ts';
import type { Child } from '../../lab/src/supervision/child.ts';
import { freePort } from '../../lab/src/supervision/free-port.ts';
import type { SystemUser } from '../../lab/src/supervision/unprivileged-user.ts';
import type { Workspace } from '../../lab/src/supervision/workspace.ts';

export interface ControlProxy {
  readonly child: Child;
  /** `http://127.0.0.1:1234` */
  readonly origin: string;
}

const readyMs = 15_000;

/** @param origins of the processes behind it */
export async function startControlProxy(
  workspace: Workspace,
  name: string,
  program: string,
  user: SystemUser | undefined,
  origins: readonly string[],
): Promise<ControlProxy> {
  const folder = await workspace.subfolder(name, { passable: true });
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  await writeFile(file, configuration(folder, port, user, origins));
  const child = await workspace.start({ name, command: program, args: ['-p', `${folder}/`, '-c', file] });
  const origin = `http://127.0.0.1:${port}`;
  const serves = async () => [200, 401].includes((await probe(`${origin}/me`)).status ?? 0);
  await eventually(`${name} serves`, async () => !child.running || serves(), {
    deadlineMs: readyMs,
    details: () => child.log.excerpt(),
  });
  if (!child.running) throw new Error(`${name} did not start:\n${child.log.excerpt()}`);
  return { child, origin };
}

function configuration(
  folder: string,
  port: number,
  user: SystemUser | undefined,
  origins: readonly string[],
) {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    ${user === undefined ? '' : `user ${user.name} ${user.group};`}
    pid ${folder}/nginx.pid;
    error_log stderr warn;
    worker_processes 2;
    events { worker_connections 2048; }
    http {
      ${paths.map((path) => `${path}_temp_path ${folder}/${path};`).join('\n')}
      access_log off;
      # As the one that it is compared with, which has a reason for it.
      keepalive_timeout 0;
      upstream instances {
        ${origins.map((origin) => `server ${new URL(origin).host};`).join('\n')}
        zone instances 1m;
        keepalive 64;
      }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://instances;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
        }
      }
    }`;
}
