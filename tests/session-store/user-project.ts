// Projects of users: empty folders into which npm installs the packed store and suite, with old or new versions of its peers.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publishedWorkspaces } from '../../services/packaging/build.ts';
import { pack } from '../../services/packaging/pack.ts';
import { startChild } from '../support/child.ts';
import { nodeOfMajor } from '../support/node-versions.ts';
import { until } from '../support/wait.ts';

const run = promisify(execFile);
const compiler = join(import.meta.dirname, '..', '..', 'node_modules', 'typescript', 'bin', 'tsc');

export interface App extends AsyncDisposable {
  ask(method: 'GET' | 'POST', path: string, cookie?: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The browser's cookie after this answer. */
  readonly cookie: string;
}

/** A folder with the tarballs installed, and the files of user-project/ copied into it. */
export class UserProject implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param packages what npm installs beside the store */
  static async install(packages: readonly string[]): Promise<UserProject> {
    const project = new UserProject(await mkdtemp(join(tmpdir(), 'user-project-')));
    try {
      const folder = project.#folder;
      await cp(join(import.meta.dirname, 'user-project'), folder, { recursive: true });
      await project.#write('package.json', { private: true });
      const tarballs = [];
      for (const workspace of publishedWorkspaces)
        tarballs.push((await pack(workspace, join(folder, 'packed', workspace))).path);
      await run('npm', ['install', '--no-audit', '--no-fund', ...tarballs, ...packages], { cwd: folder });
      return project;
    } catch (error) {
      await project[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What is in a file of the project, such as a package's package.json. */
  async json(path: string): Promise<{ readonly [key: string]: unknown }> {
    return JSON.parse(await readFile(join(this.#folder, path), 'utf8'));
  }

  /** @throws where npm finds a package missing, or a peer outside of its range */
  async expectValidTree(): Promise<void> {
    await run('npm', ['ls', '--all'], { cwd: this.#folder });
  }

  /** What one of the files prints with a Node of this major version. @throws where it fails */
  async output(node: number, file: string): Promise<string> {
    const { stdout } = await run(await nodeOfMajor(node), [join(this.#folder, file)], { timeout: 20_000 });
    return stdout;
  }

  /** Runs one of the app's files with a Node of this major version. */
  async start(node: number, file: string, redisUrl: string): Promise<App> {
    const child = await startChild(await nodeOfMajor(node), [join(this.#folder, file)], {
      env: { ...process.env, REDIS_URL: redisUrl, NODE_ENV: 'production', NODE_OPTIONS: '' },
    });
    try {
      const port = () => /listening on (\d+)/.exec(child.output())?.[1];
      const url = `http://127.0.0.1:${await until('the app listens', port, 20_000, child.output)}`;
      return {
        ask: (method, path, cookie = '') => ask(method, url + path, cookie),
        [Symbol.asyncDispose]: child[Symbol.asyncDispose],
      };
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The compiler's messages about typed.ts. @param type of the package.json */
  async typeCheck(type: string, compilerOptions: object): Promise<readonly string[]> {
    await this.#write('package.json', { private: true, type });
    await this.#write('tsconfig.json', { compilerOptions, files: ['typed.ts'] });
    try {
      await run(process.execPath, [compiler, '--project', '.', '--pretty', 'false'], { cwd: this.#folder });
      return [];
    } catch (error) {
      // Not by `instanceof`: in Jest the errors of Node's own modules are of another realm.
      const { stdout } = Object(error);
      if (typeof stdout === 'string' && stdout !== '') return stdout.trimEnd().split('\n');
      throw error;
    }
  }

  async #write(file: string, content: object): Promise<void> {
    await writeFile(join(this.#folder, file), JSON.stringify(content));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function ask(method: string, url: string, cookie: string): Promise<Answer> {
  const response = await fetch(url, { method, headers: { cookie } });
  const setCookie = response.headers.getSetCookie()[0]?.split(';')[0];
  const body: unknown = await response.json();
  return { status: response.status, body, cookie: setCookie ?? cookie };
}
