/** One run from end to end with nothing but this checkout: the embedded database, and the provider simulator. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnalysisResult, Turn } from '../src/documents/documents.js';
import { table } from '../src/view/table.js';
import { Simulator } from '../support/simulator.js';

const HERE = fileURLToPath(new URL('../../', import.meta.url));
const RUN = 'dilemmas';

const folder = mkdtempSync(join(tmpdir(), 'queue-demo-'));
const simulator = await Simulator.start('--latency', '0.2');
const { DATABASE_URL: _, ...inherited } = process.env;
const env = { ...inherited, ...simulator.env, QUEUE_DATA: folder, LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn' };
try {
  show(queue('cost', 'examples/dilemmas.json'));
  show(queue('start', 'examples/dilemmas.json'));
  show(queue('work', '--until-idle'));
  show(queue('status', RUN));
  const [first] = queue('export', RUN).split('\n');
  showTranscript(JSON.parse(first ?? '') as ExportedLine);
  showAnalysis(JSON.parse(queue('analysis', RUN)) as Analysis);
} finally {
  await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
}

function queue(...args: string[]): string {
  process.stdout.write(`\n$ queue-handler/queue ${args.join(' ')}\n`);
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

type Analysis = Extract<Extract<AnalysisResult, { success: true }>['analysis'], { status: 'COMPLETE' }>;

/** A few of the figures that the command prints as JSON. */
function showAnalysis({ transcriptCount, models, warnings, methodsUsed }: Analysis): void {
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

interface ExportedLine {
  modelId: string;
  modelVersion: string;
  scenarioId: string;
  content: { turns: Turn[] };
}

function showTranscript(line: ExportedLine): void {
  show(`the first of its lines: ${line.scenarioId}, asked of ${line.modelId}, answered by ${line.modelVersion}\n`);
  for (const { probePrompt, targetResponse, inputTokens, outputTokens, providerMetadata } of line.content.turns) {
    show(`  ? ${probePrompt}\n  ! ${targetResponse}\n`);
    show(`    [${providerMetadata.finishReason}; ${inputTokens} tokens in, ${outputTokens} out]\n`);
  }
}
