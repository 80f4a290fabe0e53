/** What a table has, and what a spreadsheet and a terminal make of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../src/checkout.js';
import { type ExportOptions, exportCommand } from '../src/commands/export.js';
import type { Turn } from '../src/documents/documents.js';
import { type Cell, columnsOf, rowsOf } from '../src/export/columns.js';
import { withColumns } from '../src/export/columns-table.js';
import { csvRow } from '../src/export/csv.js';
import { stdoutDestination } from '../src/export/destination.js';
import { inspectLogs } from '../src/export/inspect/logs.js';
import type { ExportLine, Head } from '../src/export/line.js';
import { canonicalJson } from '../src/provenance/canonical.js';
import { testSettings } from './support/rig.js';

test('the page of the export lists the columns that there are (write it with: npm run columns)', () => {
  const page = readFileSync(new URL('docs/export.md', ROOT), 'utf8');
  assert.ok(page.includes('| `payload_sha256` | string |'));
  assert.equal(page, withColumns(page));
});

// attack (provider): an answer is a formula, which a spreadsheet would compute
test('no text becomes a formula in a spreadsheet, and each can be had back', () => {
  const texts = [
    '=1+1',
    '+x',
    '-x',
    '@SUM(A1)',
    '\tx',
    '\r=x',
    '\n=x',
    ' =x',
    '＝1+1',
    "'quoted",
    "it's",
    'a "b", c',
    '',
  ];
  for (const text of texts) {
    const cell = csvRow([text]).slice(0, -2);
    const read = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    assert.doesNotMatch(read, /^\s*[=+\-@＝]|^[\t\r\n]/, text);
    assert.equal(read.replace(/^'/, ''), text);
  }
  assert.equal(csvRow([-1.5, '-2', '+3.5e-7', null, true, 'a\r\nb']), '-1.5,-2,+3.5e-7,,true,"a\r\nb"\r\n');
});

// attack (provider): an answer holds commands to the terminal on which a table is shown
test('a table on a terminal steers nothing, and elsewhere it is what was said', async () => {
  const shown: (string | Uint8Array)[] = [];
  const keep = async (data: string | Uint8Array): Promise<void> => void shown.push(data);
  for (const isTerminal of [true, false]) {
    await stdoutDestination(keep, isTerminal).write(csvRow(['\u001b[2J', 1]));
  }
  assert.deepEqual(shown, ['\\u001b[2J,1\n', '\u001b[2J,1\r\n']);
});

const HEAD = { dimensions: [{ name: 'Distance', isNumber: true, hasLevels: false }] };

function turn(number: number, tokens: number | null): Turn {
  const metadata = {
    modelVersion: 'v1',
    finishReason: 'stop',
    truncated: false,
    attempts: 1,
    sent: { temperature: 0.5 },
  };
  return {
    turnNumber: number,
    promptLabel: `turn ${number}`,
    probePrompt: `Q${number}`,
    targetResponse: `A${number}`,
    inputTokens: tokens,
    outputTokens: 7,
    providerMetadata: { ...metadata, dropped: number === 2 ? ['topP'] : [] },
  } as unknown as Turn;
}

function line(fields: Partial<ExportLine>): ExportLine {
  const ids = { runId: 'r', runName: 'a run', scenarioId: 's', modelId: 'm', provider: 'openai', probeId: 'p' };
  return {
    ...ids,
    sampleIndex: 0,
    status: 'SUCCEEDED',
    scenario: { name: 's', dimensions: { Distance: 2 } },
    ...fields,
  };
}

/** A row of a probe, or of each turn, by the names of the columns. */
function named(rows: 'probes' | 'turns', one: ExportLine): Record<string, Cell>[] {
  const columns = columnsOf(rows, HEAD);
  return rowsOf(rows, columns, one).map((cells) =>
    Object.fromEntries(cells.map((cell, at) => [columns[at]?.name, cell])),
  );
}

test('a sum of which a part is not known is not known, and neither is a cost', () => {
  const answered = line({ content: { schemaVersion: 1, turns: [turn(1, 5), turn(2, null)] }, costSnapshot: null });
  const [probe] = named('probes', answered);
  assert.deepEqual(
    [probe?.input_tokens, probe?.output_tokens, probe?.cached_input_tokens, probe?.cost_usd, probe?.score],
    [null, 14, null, null, null],
  );
  assert.deepEqual(
    [probe?.['dimension.Distance'], probe?.temperature, probe?.settings_dropped, probe?.finish_reasons, probe?.turns],
    [2, 0.5, 'topP', 'stop stop', 2],
  );
  assert.deepEqual(
    named('turns', answered).map(({ turn: number, prompt, answer, input_tokens }) => [
      number,
      prompt,
      answer,
      input_tokens,
    ]),
    [
      [1, 'Q1', 'A1', 5],
      [2, 'Q2', 'A2', null],
    ],
  );
});

test('a probe that failed half-way has the turns that were paid for, and no cost that is only a part of it', () => {
  const error = { code: 'TIMEOUT', message: 'late', retryable: true, details: null, costSnapshot: { totalCost: 0.1 } };
  const failed = { status: 'FAILED', error } as Partial<ExportLine>;
  const [halfway] = named('probes', line({ ...failed, partialTranscript: { turns: [turn(1, 5)] } }));
  assert.deepEqual([halfway?.answer, halfway?.input_tokens, halfway?.cost_usd], ['A1', 5, null]);
  const [atOnce] = named('probes', line(failed));
  assert.deepEqual([atOnce?.failure_code, atOnce?.turns, atOnce?.cost_usd], ['TIMEOUT', 0, 0.1]);
  assert.deepEqual(named('turns', line(failed)), []);
});

test('the hash of a value does not hang on the order or the blanks in which it was written', () => {
  // The example of RFC 8785, section 3.2.2, but for its numbers.
  const value = JSON.parse(
    '{ "\\u20ac": "€", "10": [true, null, 1E2], "9": {"b": 0.000001, "a": 1e21}, "A": "\\u000f\\n" }',
  );
  assert.equal(canonicalJson(value), '{"10":[true,null,100],"9":{"a":1e+21,"b":0.000001},"A":"\\u000f\\n","€":"€"}');
});

test('options that do not go together are refused before a database is asked', async () => {
  const settings = testSettings({ QUEUE_DATA: join(tmpdir(), 'no-such-folder') });
  const cases: [ExportOptions, RegExp][] = [
    [{ format: 'inspect' }, /name the folder with --output/],
    [{ format: 'jsonl', rows: 'turns' }, /--rows is for csv and parquet/],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(exportCommand(settings, 'x', options), message);
  }
  const config = { models: [{ modelId: 'a' }, { modelId: 'b' }] };
  const file = (): Promise<never> => assert.fail('no file is made');
  const head = { manifest: { run: {}, config } } as unknown as Head;
  await assert.rejects(inspectLogs('one.eval', file).begin(head), /of one model, and the run has 2/);
});
