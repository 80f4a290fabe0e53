/**
 * One run from end to end with nothing but this checkout: the embedded database, and the provider simulator. A template makes
 * the scenarios, in pairs that are counterbalanced; six models answer, each in its own manner; their answers are scored
 * and analysed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../src/checkout.js';
import type { Complete, RunFile, Turn } from '../src/documents/documents.js';
import { table } from '../src/view/table.js';
import { Simulator } from '../support/simulator.js';

const HERE = fileURLToPath(new URL('../../', import.meta.url));
const RUN = 'lifeboat';
/** Of what is shown of a long line. */
const WIDTH = 160;

/** How the simulator's models say what they decide: as a scorer meets it. */
const MANNERS = ['alone', 'reason', 'prose', 'conceded', 'scale', 'refusal'];

// It stays, so that the run can be looked at; that of an earlier demonstration goes.
const folder = fileURLToPath(new URL('.queue-demo', ROOT));
const data = join(folder, 'data');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { mode: 0o700 });
const simulator = await Simulator.start('--latency', '0.2');
const { DATABASE_URL: _, ...inherited } = process.env;
const env = {
  ...inherited,
  ...simulator.env,
  QUEUE_DATA: data,
  LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
};
try {
  const file = simulated();
  for (const line of queue('expand', file).split('\n').slice(0, 8)) {
    show(`${line.length > WIDTH ? `${line.slice(0, WIDTH)}...` : line}\n`);
  }
  show(queue('cost', file));
  show(queue('start', file));
  show(queue('work', '--until-idle'));
  show(queue('status', RUN));
  const [first] = queue('export', RUN).split('\n');
  showTranscript(JSON.parse(first ?? '') as ExportedLine);
  const analysis = JSON.parse(queue('analysis', RUN)) as Complete;
  showAnalysis(analysis);
  showDecisions(analysis);
  showWhere();
} finally {
  await simulator.stop();
}

/** The example, asked of the six models of the other one; the simulator is told to decide, and in which manner. */
function simulated(): string {
  const run = example('lifeboat');
  const labels = run.scale?.kind === 'labels' ? run.scale.labels.map(({ label }) => label) : [];
  const template = run.definition.template as NonNullable<RunFile['definition']['template']>;
  const models = example('dilemmas').models.flatMap((model, index) =>
    typeof model === 'string' ? [] : [{ ...model, modelId: `${model.modelId}~decide-as=${MANNERS[index]}` }],
  );
  const path = join(folder, 'lifeboat.json');
  const prompt = `${template.prompt}\n[[sim decide="${labels.join('|')}"]]`;
  const definition = { ...run.definition, template: { ...template, prompt } };
  writeFileSync(path, JSON.stringify({ ...run, definition, models }));
  return path;
}

function example(name: string): RunFile {
  return JSON.parse(readFileSync(join(HERE, 'examples', `${name}.json`), 'utf8'));
}

function queue(...args: string[]): string {
  process.stdout.write(`\n$ queue-handler/queue ${args.join(' ').replace(`${folder}/`, '')}\n`);
  const done = spawnSync(join(HERE, 'queue'), args, {
    cwd: HERE,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status !== 0) {
    throw new Error(`queue ${args[0]} ended with status ${done.status}`);
  }
  return done.stdout;
}

function show(text: string): void {
  process.stdout.write(text);
}

/** A few of the figures that the command prints as JSON. */
function showAnalysis({ transcriptCount, models, warnings, methodsUsed }: Complete): void {
  show(`of ${transcriptCount} transcripts, by ${methodsUsed.length} methods (shortened):\n`);
  const rows = models.map(({ modelId, perTurn, perTranscript, sharesOfTranscripts: { refused } }) => [
    modelId,
    String(perTurn.answerWords.median),
    String(perTurn.outputTokens.mean),
    String(perTranscript.durationMs.median),
    String(perTranscript.costUsd.sum),
    `${refused.share} (${refused.low?.toFixed(2)} to ${refused.high?.toFixed(2)})`,
  ]);
  const heads = ['model', 'words, median', 'tokens out, mean', 'ms, median', 'dollars', 'refused (95 %)'];
  show(`${table([heads, ...rows]).join('\n')}\n`);
  for (const warning of warnings) {
    show(`warning: ${warning}\n`);
  }
}

/** What the answers came to: the decisions of each model, and what each level of a dimension does to them. */
function showDecisions({ decisions, dimensions }: Complete): void {
  const rows = (decisions?.models ?? []).map(({ modelId, scores, mean }) => [
    modelId,
    String(scores),
    mean?.toFixed(2) ?? '-',
  ]);
  show(`what they decided, from 1 to 5:\n${table([['model', 'scores', 'mean'], ...rows]).join('\n')}\n`);
  for (const { name, levels } of dimensions) {
    show(`${name}: ${levels.map(({ level, mean }) => `at ${level} ${mean?.toFixed(2) ?? '-'}`).join(', ')}\n`);
  }
}

/** How to go on looking. */
function showWhere(): void {
  const path = relative(process.cwd(), data) || '.';
  show(`\nthe run stays in ${path}; to look at it:\n`);
  show(`  export QUEUE_DATA=${path}\n`);
  for (const command of [`status ${RUN}`, 'view', `report ${RUN} > report.html`, `export ${RUN} > answers.jsonl`]) {
    show(`  queue-handler/queue ${command}\n`);
  }
}

interface ExportedLine {
  modelId: string;
  modelVersion: string;
  scenarioId: string;
  content: { turns: Turn[] };
  summary?: { class: string; label: string | null; score: number | null };
}

function showTranscript(line: ExportedLine): void {
  show(`the first of its lines: ${line.scenarioId}, asked of ${line.modelId}, answered by ${line.modelVersion}\n`);
  for (const { probePrompt, targetResponse, inputTokens, outputTokens, providerMetadata } of line.content.turns) {
    show(`  ? ${probePrompt}\n  ! ${targetResponse}\n`);
    show(`    [${providerMetadata.finishReason}; ${inputTokens} tokens in, ${outputTokens} out]\n`);
  }
  if (line.summary !== undefined) {
    const { label, score, class: how } = line.summary;
    show(`  = ${label} (${score}), read from the first answer: ${how}\n`);
  }
}
