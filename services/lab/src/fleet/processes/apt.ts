import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { NotPossibleHere } from '../../supervision/errors.ts';

/** Asked by invoke-rc.d and deb-systemd-invoke before a package starts its service; 101 means "forbidden by policy". */
const policyFile = '/usr/sbin/policy-rc.d';

/**
 * Installs packages of Debian or Ubuntu, as root. Their services are not started, and on a machine with systemd not at
 * its next boot either: the laboratory needs the programs only.
 *
 * @throws {NotPossibleHere} When apt-get fails; the last line of its output is in the message.
 */
export async function installByApt(
  packages: readonly string[],
  announce: (text: string) => void,
): Promise<void> {
  const run = async (command: string, ...args: string[]) => {
    announce(`$ ${command} ${args.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    try {
      await promisify(execFile)(command, args, { env, timeout: 300_000, maxBuffer: 2 ** 26 });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : String(cause);
      throw new NotPossibleHere(
        `"${command} ${args.join(' ')}" failed (${reason}): install ${packages.join(' and ')} by hand.`,
        { cause },
      );
    }
  };

  // A policy that is there already is the administrator's and stays as it is.
  const policyIsOurs = !existsSync(policyFile);
  if (policyIsOurs) await writeFile(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await run('apt-get', 'update');
    await run('apt-get', 'install', '--yes', '--no-install-recommends', ...packages);
  } finally {
    if (policyIsOurs) await rm(policyFile, { force: true });
  }
  if (existsSync('/run/systemd/system')) await run('systemctl', 'disable', ...packages);
}
