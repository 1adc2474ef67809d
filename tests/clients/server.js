// A company of its own on SQLite, served on a free port by the program `KEHU` (or the one that was built last).

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
const program = process.env.KEHU ?? join(target, 'debug', 'kehu');

const LOGIN = 'admin';
const PASSWORD = 'Correct-Horse-7-Battery';

/** A subscription that every viewer may open. */
export const FOLLOW = 'subscription ($after: String) { inboxChanged(after: $after) { cursor } }';

/** A mutation that every viewer may run. */
export const markAllRead = {
  query: 'mutation ($input: NoticesMarkAllReadInput!) { noticesMarkAllRead(input: $input) { refusals { code } } }',
  variables: { input: {} },
};

/** The extension that names a document by its hash. */
export function named(document) {
  const sha256Hash = createHash('sha256').update(document).digest('hex');
  return { persistedQuery: { version: 1, sha256Hash } };
}

function run(args, env, input) {
  const done = spawnSync(program, args, { env, input, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`kehu ${args.join(' ')}: ${done.error ?? done.stderr}`);
}

/** Waits for the line that tells the address. */
function address(server) {
  return new Promise((told, failed) => {
    let said = '';
    const heard = (chunk) => {
      said += chunk;
      const found = said.match(/http:\/\/(\S+)\/graphql/);
      if (found) told(found[1]);
    };
    server.stdout.on('data', heard);
    server.stderr.on('data', heard);
    server.on('error', failed);
    server.on('exit', (code) => failed(new Error(`kehu ended with ${code}:\n${said}`)));
  });
}

/** Starts a server; gives its addresses, an access token of its administrator, and what stops it. */
export async function start(settings = {}) {
  if (!existsSync(program)) throw new Error(`${program} is missing: cargo build --bin kehu`);
  const folder = mkdtempSync(join(tmpdir(), 'kehu-clients-'));
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: `sqlite://${join(folder, 'kehu.sqlite')}`,
    KEHU_FILES__STORE: join(folder, 'files'),
    KEHU_HTTP__BIND: '127.0.0.1:0',
    KEHU_LOG__LEVEL: 'warn',
    ...settings,
  };
  run(['user', 'add', LOGIN, '--name', 'Administrator'], env, `${PASSWORD}\n`);
  const server = spawn(program, ['serve'], { env, cwd: folder });
  const host = await address(server);
  const url = `http://${host}/graphql`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
      variables: { input: { login: LOGIN, password: PASSWORD } },
    }),
  });
  const { data } = await answer.json();
  return {
    url,
    socket: `ws://${host}/graphql`,
    token: data.signIn.accessToken,
    async stop() {
      const ended = new Promise((over) => server.once('exit', over));
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
