/** Writes runs as a folder that any web host, or a double click, opens. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../checkout.js';
import { messageOf, UsageError } from '../../errors.js';
import { redactValue } from '../../redaction.js';
import type { Answers, ConversationAnswer, Question, RunAnswer } from '../api.js';
import type { Source } from '../source.js';
import {
  conversationsFile,
  type ListedProbe,
  type ListedScenario,
  probesFile,
  type RunFiles,
  runFile,
  runsFile,
  script,
} from './files.js';

export interface Exporting {
  folder: string;
  /** As people name them; all runs where there is none. */
  runs: string[];
  /** Take out what the environment names as secret. */
  redact: boolean;
}

const WEB = new URL('queue-handler/dist/web/', ROOT);
const COPIED = ['app.js', 'app.css', 'icon.svg'];
/** Nothing but the files of the folder, whoever serves it; a page on the disk has no origin of its own, so it is named. */
const POLICY =
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'self' file:; style-src 'self' file:; " +
  "img-src 'self' file: data:; base-uri 'none'; form-action 'none'\">\n    ";
const PROBES_ON_PAGE = 5_000;

/** @returns the path of the page. @throws UsageError where the folder holds something else, or a run is not known. */
export async function exportFolder(source: Source, { folder, runs, redact }: Exporting): Promise<string> {
  const ids: string[] = [];
  for (const run of runs) {
    ids.push((await ask(source, 'find', { run })).id);
  }
  const all = await ask(source, 'runs', {});
  const chosen = all.runs.filter(({ id }) => ids.length === 0 || ids.includes(id));
  if (chosen.length === 0) {
    throw new UsageError('there are no runs that could be exported');
  }
  makeFolder(folder);
  const write = (name: string, value: unknown): void => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, script(name, redact ? redactValue(value) : value));
  };
  for (const { id } of chosen) {
    await exportRun(source, id, write);
  }
  // Where the database is, is nobody's business who gets the folder.
  write(runsFile(), { ...all, database: '', runs: chosen });
  for (const name of COPIED) {
    copyFileSync(new URL(name, WEB), join(folder, name));
  }
  const page = join(folder, 'index.html');
  const html = readFileSync(new URL('index.html', WEB), 'utf8');
  const own = html
    .replace('<html lang="en">', '<html lang="en" data-export="1">')
    .replace('<meta name="referrer"', `${POLICY}$&`);
  writeFileSync(page, own);
  return page;
}

/** @throws UsageError where it is there and not empty, or cannot be made. */
function makeFolder(folder: string): void {
  try {
    if (existsSync(folder) && readdirSync(folder).length > 0) {
      throw new UsageError('is not empty; name one that is not there yet');
    }
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(`--export ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

async function exportRun(source: Source, run: string, write: (name: string, value: unknown) => void): Promise<void> {
  const probes: ListedProbe[] = [];
  const scenarios = new Map<string, ListedScenario>();
  let page = 0;
  let first: ConversationAnswer | null = null;
  for (let from: number | null = 0; from !== null; ) {
    const { conversations, next }: Answers['conversations'] = await ask(source, 'conversations', { run, from });
    for (const one of conversations) {
      first ??= one;
      probes.push(listed(one, page));
      const { name, dimensions, orientation } = one.scenario;
      scenarios.set(one.place.scenario, { scenario: one.place.scenario, name, dimensions, orientation });
    }
    if (conversations.length > 0) {
      write(conversationsFile(run, page), conversations);
      page += 1;
    }
    from = next;
  }
  const order = await orderOf(source, run);
  const about: RunAnswer = await ask(source, 'run', { run });
  const analysis = await ask(source, 'analysis', { run });
  const probePages = Math.ceil(probes.length / PROBES_ON_PAGE);
  for (let index = 0; index < probePages; index += 1) {
    write(probesFile(run, index), probes.slice(index * PROBES_ON_PAGE, (index + 1) * PROBES_ON_PAGE));
  }
  const files: RunFiles = {
    run: { ...about, database: '', progress: { ...about.progress, problems: [] } },
    facets: await ask(source, 'facets', { run }),
    analysis,
    about: {
      turn: first?.run.turn ?? 'first',
      scored: first?.run.scored ?? false,
      scale: analysis.scale,
      probePages,
      conversationPages: page,
    },
    scenarios: order.flatMap((key) => scenarios.get(key) ?? []),
  };
  for (const [name, value] of Object.entries(files)) {
    write(runFile(run, name as keyof RunFiles), value);
  }
}

/** The scenarios in the order of the file. */
async function orderOf(source: Source, run: string): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const { rows, totalRows } = await ask(source, 'matrix', { run, from: keys.length, rows: 200 });
    keys.push(...rows.map(({ scenario }) => scenario));
    if (rows.length === 0 || keys.length >= totalRows) {
      return keys;
    }
  }
}

function listed({ place, state, error, told, earlier }: ConversationAnswer, page: number): ListedProbe {
  const score = told?.score ?? null;
  const finish = [...new Set(told?.turns.map(({ providerMetadata }) => providerMetadata.finishReason) ?? [])];
  const isRefused =
    score?.class === 'refusal' || finish.some((reason) => reason === 'refusal' || reason === 'content_filter');
  return {
    scenario: place.scenario,
    model: place.model,
    sample: place.sample,
    state,
    ...(state === 'FAILED' && error && { code: error.code }),
    ...(score?.score != null && { score: score.score }),
    ...(score?.label != null && { label: score.label }),
    ...(score && { class: score.class }),
    ...(finish.length > 0 && { finish }),
    ...(told?.modelVersion != null && { version: told.modelVersion }),
    ...(told?.turns.some(({ providerMetadata }) => providerMetadata.truncated) && { truncated: true as const }),
    ...(isRefused && { refused: true as const }),
    ...(told && { transcript: told.id }),
    ...(earlier.length > 0 && { earlier: earlier.map(({ id }) => id) }),
    page,
  };
}

/** @throws UsageError with what the database says. */
async function ask<Q extends Question>(
  source: Source,
  question: Q,
  words: Record<string, string | number>,
): Promise<Answers[Q]> {
  const text = new URLSearchParams(
    Object.entries(words).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  const { status, body } = await source.ask(question, text);
  const answer = JSON.parse(body);
  if (status !== 200) {
    throw new UsageError(answer.error);
  }
  return answer;
}
