/** Which Python runs the workers, and what of the environment it sees. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../checkout.js';
import { publishedProviders } from '../documents/schemas.js';

export const WORKERS_FOLDER = fileURLToPath(new URL('workers/', ROOT));

/** `PYTHON`, or the project's own virtual environment, or whatever python3 the machine has. */
export function interpreter(env: NodeJS.ProcessEnv = process.env): string {
  const named = env.PYTHON?.trim();
  if (named) {
    return named;
  }
  const own = fileURLToPath(new URL('.venv/bin/python', ROOT));
  return existsSync(own) ? own : 'python3';
}

/**
 * Python's options for a worker: nothing is imported from the folder it is started in, from the user's own packages, or
 * from wherever PYTHONPATH and its like say. What of those variables is harmless and of use is said as an option.
 */
export function isolation(env: NodeJS.ProcessEnv = process.env): string[] {
  const compiled = env.PYTHONPYCACHEPREFIX?.trim();
  return [
    '-I',
    ...(compiled ? ['-X', `pycache_prefix=${compiled}`] : []),
    ...(env.PYTHONDONTWRITEBYTECODE ? ['-B'] : []),
  ];
}

const NAMES = new Set([
  ...[
    'PATH HOME USER LANG LANGUAGE TZ TMPDIR TEMP TMP',
    'SSL_CERT_FILE SSL_CERT_DIR HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY',
    'LOG_LEVEL TIKTOKEN_CACHE_DIR ALLOW_INSECURE_BASE_URL',
  ].flatMap((line) => line.split(' ')),
  ...publishedProviders().flatMap(({ keyVariables, baseUrlVariables }) => [...keyVariables, ...baseUrlVariables]),
]);
const BEGINNINGS = ['LC_', 'PROBE_'];
// The handler keeps the limits, over all of its processes; a second gate within one of them would only delay jobs.
const GATES = /^PROBE_.*_(MAX_IN_FLIGHT|REQUESTS_PER_MINUTE)$/;
// The handler closes stdin in any case, and its watchdog bounds every process: silence there says only that the handler
// itself is held up, which must not make a job a bad one.
const PATIENT = { PROBE_STDIN_TIMEOUT_SECONDS: '3600' };

/** What a worker needs and nothing else: it has no business with the database. */
export function workerEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const needed = Object.entries(env).filter(
    ([name]) =>
      (NAMES.has(name.toUpperCase()) || BEGINNINGS.some((beginning) => name.startsWith(beginning))) &&
      !GATES.test(name),
  );
  return { ...Object.fromEntries(needed), ...PATIENT };
}
