// Starts the program on a free port and a folder of its own, with the sample shop or with nothing, and stops it as a server is
// stopped.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = process.env.REGULARS ?? join(ROOT, 'target/debug/regulars');
// Importing the sample takes a few seconds; a machine that compiles beside the test takes longer.
const READY_WITHIN_MS = 120_000;
const ADDRESS = /Regulars is at (http:\/\/[\d.:]+)/;

/** Starts `regulars demo`, with this sample, and resolves once it says where it is. */
export const startDemo = (sample = 'shop') => start('demo', sample);
/** Starts `regulars serve` on an empty folder. */
export const startEmpty = () => start('serve');

async function start(...command) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: run cargo build --workspace, or set REGULARS`);
  const data = mkdtempSync(join(tmpdir(), 'regulars-browser-'));
  const child = spawn(PROGRAM, [...command, '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal })));
  const started = Date.now();
  const address = await ready(child, ended);
  return {
    address,
    readyAfterMs: Date.now() - started,
    /** Asks it to stop (SIGTERM); resolves to how it ended and how long that took. */
    async stop() {
      const asked = Date.now();
      child.kill('SIGTERM');
      const how = await ended;
      rmSync(data, { recursive: true, force: true });
      return { ...how, tookMs: Date.now() - asked };
    },
  };
}

function ready(child, ended) {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = chunk => {
      said += chunk;
      const found = said.match(ADDRESS);
      if (found) { clearTimeout(late); resolve(found[1]); }
    };
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the demo was not ready within ${READY_WITHIN_MS} ms and said:\n${said}`));
    }, READY_WITHIN_MS);
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    ended.then(({ code }) => { clearTimeout(late); reject(new Error(`the demo ended with ${code} and said:\n${said}`)); });
  });
}
