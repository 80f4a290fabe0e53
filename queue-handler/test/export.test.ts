/** What is exported reads the same in everybody's tools. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../src/checkout.js';
import { type ExportOptions, exportCommand } from '../src/commands/export.js';
import type { Column } from '../src/export/columns.js';
import { fileDestination } from '../src/export/destination.js';
import { ZipArchive } from '../src/export/inspect/zip.js';
import { ParquetFile } from '../src/export/parquet.js';
import { canonicalJson, sha256 } from '../src/provenance/canonical.js';
import { createRun } from '../src/runs/create.js';
import { checkRunFile } from '../src/runs/run-file.js';
import type { Settings } from '../src/settings.js';
import { interpreter } from '../src/workers/interpreter.js';
import { Queue } from './support/cli.js';
import { bench, type Rig, testSettings, until } from './support/rig.js';

const made = bench();

const SCALE = {
  kind: 'labels',
  labels: [
    { label: 'Agree', score: 5 },
    { label: 'Disagree', score: 1 },
  ],
};
const FORMULA = '=HYPERLINK("http://x", "é")';

const RUN = {
  name: 'tables',
  definition: {
    version: '1.0',
    preamble: 'You are terse.',
    scenarios: [
      {
        id: 'lie/1',
        name: FORMULA,
        prompt: 'Is it right to lie?\nECHO:\nAgree',
        followups: [{ prompt: `Why?\nECHO:\n${FORMULA}` }],
        dimensions: { Distance: 1, Kind: '@home' },
        family: 'f',
      },
      { id: 'formula', prompt: `Is it right to steal?\nECHO:\n${FORMULA}`, dimensions: { Distance: 2.5, Kind: '-2' } },
      { id: 'long', prompt: 'Too long? [[sim error=context]]', dimensions: { Distance: 2, Kind: 'x' } },
    ],
  },
  models: [
    {
      modelId: 'gpt-4o',
      modelCost: { costInputPerMillion: 2, costCachedInputPerMillion: 1, costOutputPerMillion: 10 },
    },
    'claude-sonnet-5',
  ],
  config: { temperature: 0.7, topP: 0.9 },
  scale: SCALE,
};

interface Found {
  csv: Table;
  undone: Record<string, string[]>;
  parquet: Table;
  turns: Table;
  manifest: Manifest;
  logs: { broken: string | null; names: string[]; parts: Record<string, Part> }[];
  many: number[];
  entries: [number, string];
}

interface Table {
  types: Record<string, string>;
  rows: Record<string, string | number | boolean | null>[];
}

interface Manifest {
  file: { sha256: string; content?: object };
  storedBy: { program: { commit: string | null; nodePackages: object } };
  machines: { node: string; python: { version: string; packages: Record<string, string> } }[];
  ended: { status: string; probes: object; database: { kind: string } };
  payloads: { turns: number; sha256: string };
  config: { models: { modelCost?: object }[] };
  answeredBy: Record<string, string[]>;
  turns: Record<string, string[]>;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is what is looked at
type Part = any;

const COLUMN: Column = { name: 'number', type: 'int', meaning: '', read: () => null };

/** More than a group of rows; and an archive whose list is of the longer kind. */
async function makeMany(folder: string): Promise<void> {
  const rows = await fileDestination(join(folder, 'many.parquet'));
  const file = new ParquetFile([COLUMN], rows);
  for (let number = 0; number < 20_001; number += 1) {
    await file.add([number]);
  }
  await file.end({});
  await rows.end();
  const entries = await fileDestination(join(folder, 'many.zip'));
  const archive = new ZipArchive(entries, 3);
  for (let number = 0; number < 5; number += 1) {
    await archive.add(`samples/${number}`, `n${number}`);
  }
  await archive.end();
  await entries.end();
}

function read(folder: string): Found {
  const script = fileURLToPath(new URL('tests/support/exported.py', ROOT));
  return JSON.parse(execFileSync(interpreter(), [script, folder], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
}

/** Until it is scored and analysed. @returns its analysis as it is stored. */
async function finish(rig: Rig, runId: string): Promise<object> {
  const analysis = (): Promise<{ output: object } | undefined> =>
    rig.database.db.selectFrom('analysis_results').select('output').where('run_id', '=', runId).executeTakeFirst();
  const handler = rig.handler();
  await until(async () => (await analysis()) !== undefined);
  await rig.stop(handler);
  return (await analysis())?.output ?? {};
}

async function exportAll(settings: Settings, folder: string): Promise<void> {
  const given = (options: ExportOptions, name: string): Promise<void> =>
    exportCommand(settings, 'tables', { ...options, output: join(folder, name) });
  await given({ format: 'csv' }, 'run.csv');
  await given({ format: 'parquet' }, 'run.parquet');
  await given({ format: 'parquet', rows: 'turns' }, 'turns.parquet');
  await given({ format: 'inspect' }, 'logs');
}

test('an export and its manifest are not written into one file, however its path is spelled', async () => {
  const folder = made.folder();
  const options: ExportOptions = { format: 'csv', output: join(folder, 'a.csv'), manifest: `${folder}/./a.csv` };
  await assert.rejects(
    exportCommand(testSettings({ QUEUE_DATA: join(folder, 'none') }), 'tables', options),
    /^UsageError: export: --output and --manifest name the same file/,
  );
  assert.deepEqual(readdirSync(folder), []);
});

made.onEither('a run is read by pandas, by a reader of Inspect, and by the analysis', async (rig) => {
  const folder = made.folder();
  const file = checkRunFile(RUN);
  const { runId } = await createRun(rig.database.db, file);
  const stored = await finish(rig, runId);
  const sent = (await made.simulator.asked()).map(({ bodySha256 }) => bodySha256);
  const { settings } = rig;
  // Commands open the database themselves.
  await rig.close();
  await exportAll(settings, folder);
  await makeMany(folder);
  const found = read(folder);
  seesTables(found, sent);
  seesLogs(found);
  seesManifest(found, readManifest(folder), settings.databaseUrl === null ? 'PGlite' : 'PostgreSQL');
  assert.deepEqual(found.many, [20_001, 3, 200_010_000]);
  assert.deepEqual(found.entries, [5, 'n4']);

  const { DATABASE_URL: _, ...others } = process.env;
  const url = settings.databaseUrl === null ? {} : { DATABASE_URL: settings.databaseUrl };
  const queue = new Queue({ ...others, ...url, QUEUE_DATA: settings.dataFolder, LOG_LEVEL: 'error' });
  const script = fileURLToPath(new URL('workers/analyze_basic.py', ROOT));
  const piped = await queue.shell(`set -o pipefail; queue export tables | "${interpreter()}" "${script}"`);
  assert.equal(piped.code, 0, piped.stderr);
  const steady = ({ completedAt: _at, computedAt: _then, durationMs: _took, ...figures }: Part): object => figures;
  assert.deepEqual(steady(JSON.parse(piped.stdout).analysis), steady(stored));
  await leavesNothingHalf(queue, folder);
});

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'run.csv.manifest.json'), 'utf8'));
}

function seesTables({ csv, undone, parquet, turns }: Found, sent: string[]): void {
  assert.equal(parquet.rows.length, 6);
  for (const [name, type] of Object.entries({
    sample: 'int64',
    turns: 'int64',
    failure_status: 'float64',
    temperature: 'float64',
    cost_usd: 'float64',
    score: 'float64',
    'dimension.Distance': 'float64',
    'dimension.Kind': 'str',
    scorer_version: 'str',
    failure_code: 'str',
    started_at: 'datetime64[ms, UTC]',
  })) {
    assert.equal(parquet.types[name], type, name);
  }
  assert.match(csv.types.started_at ?? '', /^datetime64\[\w+, UTC\]$/);
  assert.deepEqual(Object.keys(csv.types), Object.keys(parquet.types));
  const of = (scenario: string, model: string, table = parquet) =>
    table.rows.find((row) => row.scenario_id === scenario && row.model_asked === model) ?? {};
  const first = of('lie/1', 'gpt-4o');
  assert.deepEqual(
    [first.scenario_name, first.answer, first.score, first.score_label, first.scorer, first.turns, first.truncated],
    [FORMULA, 'Agree', 5, 'Agree', 'parser', 2, false],
  );
  assert.ok(Number(first.cost_usd) > 0);
  const formula = of('formula', 'claude-sonnet-5');
  assert.deepEqual([formula.answer, formula['dimension.Kind'], formula.score_class], [FORMULA, '-2', 'none']);
  assert.match(String(formula.settings_dropped), /topP|temperature/);
  const long = of('long', 'gpt-4o');
  assert.deepEqual(
    [long.status, long.failure_code, long.answer, long.input_tokens],
    ['FAILED', 'CONTEXT_LENGTH', null, null],
  );

  // A spreadsheet sees a text, and pandas has it back.
  assert.equal(of('formula', 'gpt-4o', csv).answer, `'${FORMULA}`);
  assert.deepEqual(
    undone.answer,
    parquet.rows.map(({ answer }) => answer),
  );
  assert.deepEqual(
    undone.prompt,
    parquet.rows.map(({ prompt }) => prompt),
  );

  assert.deepEqual(
    turns.rows.filter((row) => row.scenario_id === 'lie/1').map((row) => [row.model_asked, row.turn, row.answer]),
    ['gpt-4o', 'claude-sonnet-5'].flatMap((model) => [
      [model, 1, 'Agree'],
      [model, 2, FORMULA],
    ]),
  );
  assert.equal(turns.rows.length, 6);
  for (const { payload_sha256: hash } of turns.rows) {
    assert.ok(sent.includes(String(hash)), 'the hash is that of a body that the provider got');
  }
}

/** Every field that inspect_ai.log demands, of its types. `make inspect` has the package itself read such logs. */
function seesLogs({ logs }: Found): void {
  assert.equal(logs.length, 2);
  for (const { broken, names, parts } of logs) {
    assert.equal(broken, null);
    const header = parts['header.json'];
    assert.deepEqual(
      [header.version, header.status, header.eval.task, header.eval.config.epochs],
      [2, 'success', 'tables', 1],
    );
    assert.match(header.eval.model, /^(?:openai\/gpt-4o|anthropic\/claude-sonnet-5)$/);
    for (const field of ['created', 'dataset', 'run_id', 'eval_id']) {
      assert.ok(header.eval[field], field);
    }
    assert.deepEqual(parts['_journal/start.json'].eval.model, header.eval.model);
    assert.deepEqual(header.results.scores[0].metrics, { mean: { name: 'mean', value: 5 } });
    assert.equal(header.results.scores[0].scored_samples, 1);
    assert.equal(header.eval.metadata.manifest.payloads.turns, 6);
    assert.deepEqual(names.filter((name) => name.startsWith('samples/')).sort(), [
      'samples/formula_epoch_1.json',
      'samples/lie/1_epoch_1.json',
      'samples/long_epoch_1.json',
    ]);
    const sample = parts['samples/lie/1_epoch_1.json'];
    assert.deepEqual(
      sample.messages.map(({ role, content }: { role: string; content: string }) => [role, content.split('\n')[0]]),
      [
        ['system', 'You are terse.'],
        ['user', 'Is it right to lie?'],
        ['assistant', 'Agree'],
        ['user', 'Why?'],
        ['assistant', FORMULA],
      ],
    );
    assert.deepEqual([sample.scores.decision.value, sample.target, sample.input.length], [5, '', 2]);
    const usage = sample.model_usage[header.eval.model];
    assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens + (usage.input_tokens_cache_read ?? 0));
    const failed = parts['samples/long_epoch_1.json'];
    assert.match(failed.error.message, /^CONTEXT_LENGTH: /);
    assert.deepEqual(Object.keys(failed.error), ['message', 'traceback', 'traceback_ansi']);
    assert.deepEqual(
      parts['summaries.json'].map(({ id, completed }: { id: string; completed: boolean }) => [id, completed]),
      [
        ['lie/1', true],
        ['formula', true],
        ['long', true],
      ],
    );
  }
}

function seesManifest({ manifest, turns }: Found, whole: Manifest, database: string): void {
  // As people can compute it of the file that they have.
  assert.equal(whole.file.sha256, sha256(canonicalJson(RUN)));
  assert.deepEqual(whole.file.content, RUN);
  assert.deepEqual([manifest.file, manifest.payloads], [{ sha256: whole.file.sha256 }, whole.payloads]);
  assert.deepEqual(
    Object.values(whole.turns).flat(),
    turns.rows.map((row) => row.payload_sha256),
  );
  assert.equal(whole.payloads.turns, turns.rows.length);
  const [machine] = whole.machines;
  assert.deepEqual([whole.machines.length, machine?.node], [1, process.versions.node]);
  assert.ok(machine?.python.packages.httpx && machine.python.version);
  assert.deepEqual(whole.ended.probes, { SUCCEEDED: 4, FAILED: 2 });
  assert.deepEqual([whole.ended.status, whole.ended.database.kind], ['COMPLETED', database]);
  assert.deepEqual(whole.config.models[0]?.modelCost, Object(RUN.models[0]).modelCost);
  assert.deepEqual(Object.keys(whole.answeredBy), ['gpt-4o', 'claude-sonnet-5']);
  const { commit, nodePackages } = whole.storedBy.program;
  assert.ok(commit === null || /^[0-9a-f]{40}$/.test(commit));
  assert.ok('pg-boss' in nodePackages);
}

async function leavesNothingHalf(queue: Queue, folder: string): Promise<void> {
  const before = readdirSync(folder);
  const nowhere = join(folder, 'nowhere', 'x');
  const output = join(folder, 'half.csv');
  const { code, stderr } = await queue.run(
    'export',
    'tables',
    '--format',
    'csv',
    '--output',
    output,
    '--manifest',
    nowhere,
  );
  assert.deepEqual([code, /cannot be made: ENOENT/.test(stderr)], [2, true]);
  assert.deepEqual(readdirSync(folder), before);
  const full = await queue.shell('queue export tables --format parquet > /dev/full');
  assert.deepEqual([full.code, /^queue: stdout cannot be written/m.test(full.stderr)], [1, true]);
}
