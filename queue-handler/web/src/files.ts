/** The answers of an exported folder: its files, each read once, and lists made of them here. */
import type { Answers, ConversationAnswer, MatrixAnswer, Question, Sort } from '../../src/viewer/api.js';
import {
  conversationsFile,
  type ListedProbe,
  probesFile,
  RECEIVER,
  type RunFiles,
  runFile,
  runsFile,
} from '../../src/viewer/export/files.js';
import { type ListedRun, matrixFrom, neighboursFrom, through, versusFrom } from '../../src/viewer/export/listing.js';
import { type Filter, readFilter } from '../../src/viewer/filter.js';

export const isExport = document.documentElement.dataset.export === '1';

/** How long conversations are read for a search, unless it is asked to go on. */
const PATIENCE_SECONDS = 5;
const PAGES_KEPT = 20;

const waiting = new Map<string, (value: unknown) => void>();
const lists = new Map<string, Promise<ListedRun>>();
const small = new Map<string, Promise<unknown>>();
const pages = new Map<string, Promise<unknown>>();

if (isExport) {
  (globalThis as unknown as Record<string, unknown>)[RECEIVER] = (name: string, json: string): void => {
    waiting.get(name)?.(JSON.parse(json));
  };
}

/** @throws Error where a file is missing. */
function load<T>(name: string): Promise<T> {
  return new Promise((done, failed) => {
    const element = document.createElement('script');
    waiting.set(name, done as (value: unknown) => void);
    const end = (problem: string): void => {
      waiting.delete(name);
      element.remove();
      // Says nothing where the value has come.
      failed(new Error(`The file ${name} ${problem}.`));
    };
    element.onload = () => end('is not whole');
    element.onerror = () => end('is missing in this folder');
    element.src = name.split('/').map(encodeURIComponent).join('/');
    document.head.append(element);
  });
}

/** What has failed is not kept: it may be there at the next try. */
function once<T>(store: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const there = store.get(name) ?? make();
  // Also where it was there: what was used last comes last.
  store.delete(name);
  store.set(name, there);
  there.catch(() => store.get(name) === there && store.delete(name));
  return there;
}

function kept<T>(name: string): Promise<T> {
  return once(small, name, () => load(name)) as Promise<T>;
}

/** Of pages the last few are kept. */
function page(name: string): Promise<ConversationAnswer[]> {
  const there = once(pages, name, () => load(name));
  const [oldest] = pages.keys();
  if (pages.size > PAGES_KEPT && oldest !== undefined) {
    pages.delete(oldest);
  }
  return there as Promise<ConversationAnswer[]>;
}

function file<N extends keyof RunFiles>(run: string, name: N): Promise<RunFiles[N]> {
  return kept(runFile(run, name));
}

function listOf(run: string): Promise<ListedRun> {
  return once(lists, run, () => makeList(run));
}

async function makeList(run: string): Promise<ListedRun> {
  const [{ progress, config }, about, scenarios] = await Promise.all([
    file(run, 'run'),
    file(run, 'about'),
    file(run, 'scenarios'),
  ]);
  const names = Array.from({ length: about.probePages }, (_, index) => probesFile(run, index));
  const probes = (await Promise.all(names.map((name) => load<ListedProbe[]>(name)))).flat();
  return {
    about: { id: run, name: progress.name, status: progress.status, samples: config.samples },
    scale: about.scale,
    models: config.models.map(({ modelId }) => modelId),
    scenarios,
    probes,
  };
}

type Answering = { [Q in Question]: (words: URLSearchParams) => Promise<Answers[Q]> };

const ANSWERING: Answering = {
  runs: () => kept(runsFile()),
  run: (words) => file(of(words), 'run'),
  facets: (words) => file(of(words), 'facets'),
  analysis: (words) => file(of(words), 'analysis'),
  async matrix(words) {
    const list = await listOf(of(words));
    const { probes, searched } = await filtered(list, readFilter(words), words);
    const answer = matrixFrom(list, probes, {
      sort: (words.get('sort') ?? 'given') as Sort,
      offset: Number(words.get('from') ?? 0),
      limit: Number(words.get('rows') ?? 25),
    });
    return { ...answer, searched };
  },
  async conversation(words) {
    const { probes } = await listOf(of(words));
    const [scenario, model, sample] = [words.get('scenario'), words.get('model'), Number(words.get('sample'))];
    const probe = probes.find((one) => one.scenario === scenario && one.model === model && one.sample === sample);
    const found = probe && (await conversationsOf(of(words), probe.page)).find((one) => isOf(one, probe));
    if (found === undefined) {
      throw new Error('This run asks nothing of that scenario, model and sample.');
    }
    return found;
  },
  async neighbours(words) {
    const list = await listOf(of(words));
    const { probes, searched } = await filtered(list, readFilter(new URLSearchParams(words.get('list') ?? '')), words);
    const near = neighboursFrom(list, probes, {
      run: of(words),
      scenario: words.get('scenario') ?? '',
      model: words.get('model') ?? '',
      sample: Number(words.get('sample')),
    });
    return { ...near, searched };
  },
  async versus(words) {
    const [one, other] = await Promise.all([listOf(of(words)), listOf(words.get('against') ?? '')]);
    return versusFrom(one, other, Number(words.get('from') ?? 0), Number(words.get('rows') ?? 25));
  },
  async transcript(words) {
    const id = words.get('id') ?? '';
    const { runs } = await kept<Answers['runs']>(runsFile());
    for (const run of runs) {
      const probe = (await listOf(run.id)).probes.find(
        ({ transcript, earlier }) => transcript === id || earlier?.includes(id),
      );
      if (probe !== undefined) {
        return { run: run.id, scenario: probe.scenario, model: probe.model, sample: probe.sample };
      }
    }
    throw new Error('There is no transcript of this ID in this folder.');
  },
  conversations: () => Promise.reject(new Error('There is nothing to export from an export.')),
  find: () => Promise.reject(new Error('Runs are known by their IDs here.')),
  scale: () => Promise.reject(new Error('Nothing is changed in an export.')),
};

export async function askFiles<Q extends Question>(question: Q, words: URLSearchParams): Promise<Answers[Q]> {
  return ANSWERING[question](words);
}

function of(words: URLSearchParams): string {
  return words.get('run') ?? '';
}

function conversationsOf(run: string, number: number): Promise<ConversationAnswer[]> {
  return page(conversationsFile(run, number));
}

function isOf({ place }: ConversationAnswer, probe: ListedProbe): boolean {
  return place.scenario === probe.scenario && place.model === probe.model && place.sample === probe.sample;
}

async function filtered(
  list: ListedRun,
  filter: Filter,
  words: URLSearchParams,
): Promise<{ probes: ListedProbe[]; searched: MatrixAnswer['searched'] }> {
  const text = filter.text.trim().toLowerCase();
  if (text === '') {
    return { probes: through(list, filter, null), searched: null };
  }
  // What the rest of the filter lets through is all that has to be read.
  const candidates = through(list, filter, null);
  const byPage = Map.groupBy(candidates, (probe) => probe.page);
  const until = performance.now() + 1_000 * Number(words.get('patience') ?? PATIENCE_SECONDS);
  const probes: ListedProbe[] = [];
  let looked = 0;
  for (const [number, those] of byPage) {
    if (performance.now() > until) {
      return { probes, searched: { looked, of: candidates.length, cut: 'time' } };
    }
    const conversations = await conversationsOf(list.about.id, number);
    probes.push(...those.filter((probe) => conversations.some((one) => isOf(one, probe) && says(one, text))));
    looked += those.length;
  }
  return { probes, searched: { looked, of: candidates.length, cut: null } };
}

function says({ place, scenario, told, partial, error, state }: ConversationAnswer, text: string): boolean {
  const turns = told?.turns ?? partial;
  const texts = [
    place.scenario,
    scenario.name,
    scenario.prompt,
    scenario.preamble,
    state === 'FAILED' ? error?.message : null,
    ...turns.flatMap(({ probePrompt, targetResponse }) => [probePrompt, targetResponse]),
  ];
  return texts.some((one) => one?.toLowerCase().includes(text) ?? false);
}
