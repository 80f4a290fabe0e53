/** What an Inspect log says of the whole. Names and meanings of fields are those of inspect_ai.log.EvalLog and EvalSpec. */
import type { RunModel, RunStatus } from '../../model.js';
import type { Head } from '../line.js';
import { SCORER, type Usage } from './sample.js';

/** Of the form of the log. */
export const VERSION = 2;

/** What has come of the samples. */
export interface LogFacts {
  samples: number;
  completed: number;
  scored: number;
  /** Of these, with a number. */
  numbers: number;
  sum: number;
  usage: Usage | null;
  /** Whether that is the usage of all of them. */
  areCountsKnown: boolean;
  from: string | null;
  to: string | null;
}

const STATUSES: Record<RunStatus, string> = {
  PENDING: 'started',
  RUNNING: 'started',
  PAUSED: 'started',
  COMPLETED: 'success',
  CANCELLED: 'cancelled',
  FAILED: 'error',
};

export function evalOf({ manifest }: Head, model: RunModel): object {
  const { run, config, storedBy, file } = manifest;
  const version = (file?.content as { definition?: { version?: string } } | undefined)?.definition?.version;
  const { commit, dirty, version: program } = storedBy?.program ?? {};
  return {
    run_id: run.id,
    eval_id: `${run.id}-${config.models.findIndex(({ modelId }) => modelId === model.modelId)}`,
    created: run.createdAt,
    task: run.name,
    task_id: run.id,
    task_version: version ?? 0,
    dataset: { name: run.name },
    model: `${model.provider}/${model.modelId}`,
    model_generate_config: generateConfig({ ...config.config, ...model.modelConfig }),
    config: { epochs: config.samples },
    ...(commit ? { revision: { type: 'git', origin: '', commit, dirty } } : {}),
    packages: program === undefined ? {} : { 'probe-queue-handler': program },
    ...(manifest.scoring === null ? {} : { scorers: [{ name: SCORER, options: manifest.scoring.config }] }),
  };
}

export function headerOf(head: Head, model: RunModel, facts: LogFacts, manifest: object): object {
  const { status } = head.manifest.run;
  const name = `${model.provider}/${model.modelId}`;
  return {
    version: VERSION,
    status: STATUSES[status],
    eval: { ...evalOf(head, model), metadata: { manifest } },
    plan: { name: 'plan', steps: [] },
    results: {
      total_samples: facts.samples,
      completed_samples: facts.completed,
      scores: head.manifest.scoring === null ? [] : [scoreOf(facts)],
    },
    stats: {
      started_at: facts.from ?? '',
      completed_at: facts.to ?? '',
      model_usage: facts.usage === null || !facts.areCountsKnown ? {} : { [name]: facts.usage },
    },
    ...(status === 'FAILED' ? { error: NO_ANSWER } : {}),
  };
}

const FAILED = 'no probe of the run succeeded';
const NO_ANSWER = { message: FAILED, traceback: FAILED, traceback_ansi: FAILED };

function scoreOf({ samples, scored, numbers, sum }: LogFacts): object {
  return {
    name: SCORER,
    scorer: SCORER,
    scored_samples: scored,
    unscored_samples: samples - scored,
    metrics: numbers === 0 ? {} : { mean: { name: 'mean', value: sum / numbers } },
  };
}

/** Those of our settings that Inspect has, too, by its names for them. */
function generateConfig(settings: Record<string, unknown>): object {
  const named = {
    temperature: settings.temperature,
    top_p: settings.topP,
    max_tokens: settings.maxTokens,
    seed: settings.seed,
    frequency_penalty: settings.frequencyPenalty,
    presence_penalty: settings.presencePenalty,
    stop_seqs: settings.stopSequences,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value != null));
}
