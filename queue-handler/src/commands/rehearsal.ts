/** `run --simulate`: the whole of a run against the provider simulator, without a key, in a database of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../checkout.js';
import type { RunFile } from '../documents/documents.js';
import { publishedProviders } from '../documents/schemas.js';
import { scenariosOf } from '../runs/scenarios.js';
import type { Settings } from '../settings.js';
import { shellWord } from '../view/shell-words.js';
import { interpreter } from '../workers/interpreter.js';

// Long enough to be seen, and short for who tries something.
const LATENCY_SECONDS = '0.2';
/** Set for the command that the simulator runs: the file of its answers, or nothing. */
export const REHEARSED = 'PROBE_QUEUE_REHEARSAL';

const SIMULATED = '-simulated';

/** Simulated answers are kept apart from those that were paid for. */
export function rehearsalFolder({ dataFolder }: Pick<Settings, 'dataFolder'>): string {
  const folder = dataFolder.replace(/\/+$/, '');
  return folder.endsWith(SIMULATED) ? folder : `${folder}${SIMULATED}`;
}

/** @returns the exit status of the run. */
export async function rehearse(
  settings: Settings,
  file: RunFile,
  given: string[],
  answers: string | null,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'queue-rehearsal-'));
  try {
    const script = fileURLToPath(new URL('queue-handler/queue', ROOT));
    const run = join(folder, 'run.json');
    writeFileSync(run, JSON.stringify({ models: file.models, definition: { scenarios: [...scenariosOf(file)] } }));
    const child = spawn(
      interpreter(),
      [
        fileURLToPath(new URL('simulator', ROOT)),
        ...['--latency', LATENCY_SECONDS],
        ...(answers === null ? [] : ['--answers', answers, '--run', run]),
        ...['--', script, ...given],
      ],
      { stdio: 'inherit', env: environment(settings, answers) },
    );
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    // A terminal sends it to all of them.
    const ignore = (): void => {};
    process.on('SIGTERM', forward).on('SIGHUP', forward).on('SIGINT', ignore);
    const [code] = await once(child, 'exit');
    process.off('SIGTERM', forward).off('SIGHUP', forward).off('SIGINT', ignore);
    return code ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without anything that leads to a provider, or to the database of runs that are paid for. */
function environment(settings: Settings, answers: string | null): NodeJS.ProcessEnv {
  const leading = new Set([
    ...publishedProviders().flatMap(({ keyVariables, baseUrlVariables }) => [...keyVariables, ...baseUrlVariables]),
    ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'DATABASE_URL'],
  ]);
  const others = Object.entries(process.env).filter(
    ([name]) => !leading.has(name.toUpperCase()) && !/^PROBE_.*_HEADERS$/.test(name),
  );
  const folder = rehearsalFolder(settings);
  return { ...Object.fromEntries(others), QUEUE_DATA: folder, [REHEARSED]: answers ?? '' };
}

/** What is given before other commands find the database of this process, where they would look elsewhere. */
export function commandsBefore(settings: Settings): string[] {
  const isUsual = settings.databaseUrl !== null || relative(settings.dataFolder, '.queue-data') === '';
  const folder = relative(process.cwd(), settings.dataFolder);
  const near = folder.startsWith('..') ? settings.dataFolder : folder;
  return isUsual ? [] : [`export QUEUE_DATA=${shellWord(near)}`];
}
