/**
 * Bytes of a stranger never buy unbounded work: whatever a provider, a worker or a file says, each pattern and parser of
 * the handler takes a time that grows with its length and not faster. The event loop that it holds up keeps every other
 * conversation alive.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { readAddress } from '../src/address.js';
import { Notes } from '../src/commands/notes.js';
import { explained } from '../src/database/explain.js';
import { isPermanent } from '../src/database/persist.js';
import { fieldOf, schemaProblem, turnProblem } from '../src/documents/documents.js';
import { isTooDeep, storableText, storableValue } from '../src/documents/storable.js';
import { UsageError } from '../src/errors.js';
import { csvRow } from '../src/export/csv.js';
import { isOutage } from '../src/queue/outage.js';
import { secretsOf } from '../src/redaction/environment.js';
import { Redactor } from '../src/redaction/redactor.js';
import { editsTranscripts, isStock, randomPart } from '../src/redaction/strength.js';
import { redactLine, redactValue } from '../src/redaction.js';
import { checkRunFile } from '../src/runs/run-file.js';
import { scenariosOf } from '../src/runs/scenarios.js';
import { parseStrictly } from '../src/runs/strict-json.js';
import { designProblems } from '../src/runs/template/check.js';
import { combinationId, wordsOf } from '../src/runs/template/ids.js';
import { csvRecords } from '../src/scoring/csv.js';
import { readSettings } from '../src/settings.js';
import { steeringIn, terminalJson, terminalLines, terminalText } from '../src/terminal-text.js';
import { cut, shortened, wrapped } from '../src/view/cells.js';
import { progressText } from '../src/view/progress-text.js';
import { shellWord } from '../src/view/shell-words.js';
import { table } from '../src/view/table.js';
import { forwardCut, forwardLine } from '../src/workers/forward.js';
import { workerEnvironment } from '../src/workers/interpreter.js';
import { readLines } from '../src/workers/lines.js';
import { documentOf } from '../src/workers/one-shot.js';
import { crashed, malformed, outcomeOf } from '../src/workers/outcome.js';
import { readTurns } from '../src/workers/turns.js';

const LENGTH = 256 * 1024;
// The longest variable that Linux hands to a program (MAX_ARG_STRLEN).
const LONGEST_VARIABLE = 128 * 1024;
const MOST_MILLISECONDS = 100;
const SLOW_MILLISECONDS = 800;
const MOST_GROWTH = 3;
// A machine that is busy with other things, or a compiler that has just begun, may spoil one measurement and not all.
const TRIES = 6;
// At which no log line is written; the filters before it have run.
process.env.LOG_LEVEL ??= 'error';

const KEY = 'sk-proj-Zq7RkT2mVx9LbN4cWd8HsJ6pYf3GaUe5KiOo1MnB';
const filters = new Redactor();
for (const secret of [
  KEY,
  'correct-horse-battery-staple',
  'hunter2',
  ...Array.from({ length: 10 }, (_, n) => `${n}${KEY}`),
]) {
  filters.add(secret);
}

const full = (text: string): string => text.repeat(Math.ceil(LENGTH / text.length)).slice(0, LENGTH);

const TEXTS: Record<string, string> = {
  digits: full('1234567890'),
  zeros: full('0'),
  dots: full('.'),
  'dots between letters': full('a..'),
  stars: full('*'),
  'stars between letters': full('a*b** '),
  blanks: full(' '),
  tabs: full('\t'),
  'line ends': full('\r\n'),
  'opening brackets': full('['),
  'nested brackets': '['.repeat(LENGTH / 2) + ']'.repeat(LENGTH / 2),
  'nested braces': `${'{"a":'.repeat(LENGTH / 6)}1${'}'.repeat(LENGTH / 6)}`,
  braces: full('{'),
  quotes: full('"'),
  apostrophes: full("'"),
  backslashes: full('\\'),
  'half escapes': full('\\u00'),
  'open escapes': full('\\u{'),
  percents: full('%'),
  'escaped percents': full('%25'),
  ampersands: full('&'),
  'escaped ampersands': `&${full('amp;')}`,
  'half entities': full('&#1'),
  letters: full('a'),
  capitals: full('ABCDEFGH'),
  crosses: full('xxxy'),
  slashes: full('/'),
  addresses: full('://'),
  'addresses with passwords': full('a://b:c@d '),
  'an address without an end': `a://${full('a:')}`,
  schemes: full('a+.-'),
  'beginnings of keys': full('sk-'),
  'known beginnings of keys': full('sk-proj-'),
  'a bearer of nothing': `bearer${full(' ')}`,
  bearers: full('bearer '),
  parameters: full('?key='),
  pluses: full('+'),
  dashes: full('-'),
  underscores: full('_'),
  bullets: full('•a'),
  emoji: full('😀'),
  'halves of pairs': full('\ud83d'),
  zeroes: full('\u0000'),
  'the key': full(`${KEY} `),
  'pieces of the key': full(KEY.slice(10, 20)),
  'the key in hexadecimal': full(Buffer.from(KEY).toString('hex')),
};

const ADDRESS = readAddress('postgres://u:p@localhost/db');
const RUN = { name: 'r', definition: { scenarios: [{ id: 's', prompt: 'p' }] }, models: ['m'] };

/** What it throws must be for a person: anything else is a crash. */
function refusing(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
  }
}

function read(text: string, reader: (stream: PassThrough) => void): void {
  const stream = new PassThrough({ highWaterMark: 4 * LENGTH });
  reader(stream);
  // As it comes from a pipe: in pieces.
  for (let at = 0; at < text.length; at += 64 * 1024) {
    stream.emit('data', text.slice(at, at + 64 * 1024));
  }
  stream.emit('data', '\n');
}

/** Each part of the handler that reads text, by the file in which it stands. */
const PARTS: [file: string, part: string, read: (text: string) => unknown][] = [
  ['redaction/redactor.ts', 'quotation', (text) => filters.quotation(text)],
  ['redaction/redactor.ts', 'message', (text) => filters.message(text)],
  ['redaction/redactor.ts', 'name', (text) => filters.name(text)],
  ['redaction/redactor.ts', 'answer', (text) => filters.answer(text)],
  ['redaction/shapes.ts', 'a message in a document', (text) => redactValue({ message: text, details: null })],
  ['redaction/view.ts', 'a name in a document', (text) => redactValue({ requestId: text })],
  ['redaction.ts', 'a log line', (text) => redactLine(text)],
  ['redaction.ts', 'a text in a log line', (text) => redactLine(JSON.stringify({ msg: 'm', text }))],
  [
    'redaction/strength.ts',
    'a secret',
    (text) => [isStock(variable(text)), editsTranscripts(variable(text)), randomPart(variable(text))],
  ],
  [
    'redaction/environment.ts',
    'a proxy',
    (text) => secretsOf({ HTTPS_PROXY: variable(text), X_TOKEN: variable(text) }),
  ],
  [
    'redaction/environment.ts',
    'headers',
    (text) => secretsOf({ PROBE_OPENAI_HEADERS: variable(text), URL: `a://${variable(text)}` }),
  ],
  ['settings.ts', 'a number', (text) => refusing(() => readSettings({ QUEUE_CONCURRENCY: text }))],
  ['settings.ts', 'an address', (text) => refusing(() => readSettings({ DATABASE_URL: text }))],
  [
    'settings.ts',
    'an address that looks right',
    (text) => refusing(() => readSettings({ DATABASE_URL: `postgres://${text}` })),
  ],
  ['terminal-text.ts', 'a name', (text) => [terminalText(text), steeringIn(text)]],
  ['terminal-text.ts', 'lines', (text) => [terminalLines(text), terminalJson(text)]],
  ['address.ts', 'an address', (text) => refusing(() => readAddress(`postgres://u:p@${text}`))],
  ['database/explain.ts', 'what the database says', (text) => explained(new Error(text), ADDRESS)],
  ['runs/strict-json.ts', 'a file', (text) => refusing(() => parseStrictly(Buffer.from(text), 'F'))],
  ['queue/outage.ts', 'what the database says', (text) => isOutage(new Error(text, { cause: { code: text } }))],
  ['database/persist.ts', 'a code', (text) => isPermanent({ code: text })],
  ['workers/interpreter.ts', 'a name', (text) => workerEnvironment({ [`PROBE_${text}`]: text })],
  ['documents/documents.ts', 'a path', (text) => fieldOf(text)],
  ['documents/documents.ts', 'a document', (text) => schemaProblem('probe.result', json(text))],
  ['documents/documents.ts', 'a turn', (text) => turnProblem(json(text))],
  ['workers/forward.ts', 'a line', (text) => forwardLine(text)],
  [
    'workers/forward.ts',
    'a log line',
    (text) => forwardLine(`{"level":"debug","msg":${JSON.stringify(text)},"x":${raw(text)}}`),
  ],
  ['workers/forward.ts', 'a line without an end', (text) => forwardCut(text)],
  ['workers/lines.ts', 'lines', (text) => read(text, (stream) => readLines(stream, 2 * LENGTH, () => {}))],
  ['workers/turns.ts', 'turns', (text) => read(text, (stream) => readTurns(stream, async () => {}))],
  ['workers/outcome.ts', 'a document', (text) => outcomeOf(json(text), null)],
  ['workers/outcome.ts', 'an error', (text) => outcomeOf(failure(text), null)],
  ['workers/outcome.ts', 'an output', (text) => malformed('how', text)],
  ['workers/outcome.ts', 'the last words', (text) => crashed({ code: 1, signal: null, stderr: text })],
  ['workers/one-shot.ts', 'stdout', (stdout) => documentOf({ exit: exit(0), stdout, overflown: false, endedAs: null })],
  [
    'workers/one-shot.ts',
    'stdout of a crash',
    (stdout) => documentOf({ exit: exit(1), stdout, overflown: false, endedAs: null }),
  ],
  ['documents/storable.ts', 'a text', (text) => storableText(text)],
  ['documents/storable.ts', 'a value', (text) => isTooDeep(json(text)) || storableValue(json(text))],
  ['runs/run-file.ts', 'a file', (text) => refusing(() => checkRunFile(json(text)))],
  ['runs/run-file.ts', 'a name', (text) => refusing(() => checkRunFile({ ...RUN, name: text, [text]: text }))],
  [
    'runs/run-file.ts',
    'a model',
    (text) => refusing(() => checkRunFile({ ...RUN, models: [text, { modelId: text }, {}] })),
  ],
  [
    'runs/run-schema.ts',
    'a scale',
    (text) => refusing(() => checkRunFile({ ...RUN, scale: { kind: text, [text]: text } })),
  ],
  ['runs/template/placeholders.ts', 'a template', (text) => refusing(() => expanded(text, 'wording', 'label'))],
  ['runs/template/placeholders.ts', 'a wording', (text) => refusing(() => expanded('[Name]', text, 'label'))],
  ['runs/template/ids.ts', 'a label', (text) => refusing(() => expanded('[Name]', 'wording', text.slice(0, 200)))],
  [
    'runs/template/ids.ts',
    'any label',
    (text) => combinationId([{ name: text, word: wordsOf([text, text])[1] ?? '' }]),
  ],
  [
    'runs/template/check.ts',
    'a name',
    (text) =>
      designProblems(
        { template: { prompt: text }, dimensions: [{ name: text, levels: [{ label: text }] }] },
        undefined,
      ),
  ],
  [
    'export/csv.ts',
    'a cell',
    (text) => csvRow([text, `=${text}`, `-${'1'.repeat(LENGTH)}${text.slice(0, 9)}`, `${' '.repeat(LENGTH)}${text}`]),
  ],
  ['scoring/csv.ts', 'a file', (text) => refusing(() => csvRecords(text, 'F'))],
  ['view/table.ts', 'a cell', (text) => table([['head'], [text]])],
  ['view/cells.ts', 'a name', (text) => [shortened(text, 40), cut(text, 40), wrapped(text, 80)]],
  ['view/shell-words.ts', 'a name', shellWord],
  ['commands/notes.ts', 'a log line', (text) => [new Notes().take(text), new Notes().take(raw(text))]],
  ['view/progress-text.ts', 'a cause', (text) => progressText(progress(text))],
];

/** Parts that read nothing but what this program has written, each with the reason. */
const OUR_OWN: Record<string, string> = {
  'cli.ts': 'the package’s own version, and the words of the parser of options',
  'commands/control.ts': 'lines of JSON between two processes of one user',
  'commands/delete.ts': 'the counts as another process of this program says them, and the user’s own yes',
  'commands/peer.ts': 'a file of the handler’s own folder, which nobody else can write',
  'commands/export.ts': 'a line as another process of this program says it',
  'database/client.ts': 'statements of this program',
  'database/embedded-thread.ts': 'five characters of the embedded database',
  'database/folder-lock.ts': 'a file of the handler’s own folder',
  'database/folder.ts': 'file names of the handler’s own folder',
  'export/inspect/logs.ts': 'the names of models of the user’s own file, and times of its own',
  'metrics/instruments.ts': 'a code of thirty letters',
  'commands/view-database.ts': 'what another process of this program says',
  'commands/view.ts': 'what another process of this program says',
  'viewer/answer.ts': 'IDs and numbers of a browser that has the token, by patterns of one length',
  'viewer/export/write.ts': 'answers of this program',
  'viewer/override.ts': 'an ID of a browser that has the token, by a pattern of one length',
  'viewer/queries/facets.ts': 'keys that this program wrote',
  'viewer/queries/search.ts': 'what a browser that has the token looks for, by one class of characters',
  'viewer/server.ts': 'a bounded body of a browser that has the token',
  'view/rates-text.ts': 'times of its own',
  'provenance/program.ts': 'files of this program',
  'documents/schemas.ts': 'the published schemas and providers, which are this program’s own',
  'runs/find.ts': 'what the user writes on the command line',
  'commands/completion.ts': 'the help of its own commands',
  'commands/place.ts': 'nothing but the name of a folder',
  'commands/rehearsal.ts': 'the names of variables of the environment',
  'commands/run.ts': 'what another process of this program says of a run',
  'runs/begin.ts': 'its own JSON of a run’s file that was checked',
  'commands/watch.ts': 'the progress as another process of this program says it',
  'runs/spool.ts': 'file names and files of the handler’s own folder',
  'scoring/overrides.ts': 'the scorer’s own words of a job of this program',
  'scoring/overrides-file.ts':
    'the first thousand bytes of the user’s own file, before what csv.ts and strict-json.ts do',
  'workers/warm.ts': 'JSON.parse of a line, before what documents.ts and outcome.ts do',
};

/** The scenarios of a template with one dimension. */
function expanded(prompt: string, wording: string, label: string): unknown[] {
  const dimensions = [{ name: 'Name', levels: [{ label, options: [wording] }] }];
  return [...scenariosOf(checkRunFile({ ...RUN, definition: { template: { prompt }, dimensions } }))];
}

const variable = (text: string): string => text.slice(0, LONGEST_VARIABLE);

/** As JSON, whatever it is. */
function raw(text: string): string {
  const { text: same } = json(text) as { text?: string };
  return same === text ? JSON.stringify(text) : text;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}

function exit(code: number): { code: number; signal: null; stderr: string } {
  return { code, signal: null, stderr: '' };
}

function failure(text: string): object {
  return { success: false, error: { message: text, code: 'UNKNOWN', retryable: true, details: text, reason: text } };
}

function progress(text: string): Parameters<typeof progressText>[0] {
  const stops = [{ provider: 'openai', model: null, code: 'X', message: text }];
  const others = { perMinute: 0, etaSeconds: null, budget: null, problems: [text], handlers: 0, models: [] };
  return { id: 'r', name: text, status: 'RUNNING', stops, ...others };
}

/** Milliseconds of the processor, in the best of some tries. */
function cost(action: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < TRIES && least >= MOST_MILLISECONDS; at += 1) {
    const before = process.cpuUsage();
    action();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

// attack (provider): 64 KB of an error text freeze the handler for seconds, so that other handlers take its jobs and pay again
for (const [file, part, action] of PARTS) {
  test(`256 KB of anything take ${file} (${part}) less than a tenth of a second`, () => {
    for (const [name, text] of Object.entries(TEXTS)) {
      const milliseconds = cost(() => action(text));
      if (milliseconds >= MOST_MILLISECONDS) {
        // A slow machine takes longer for all of it: what must never be is that twice the text takes four times as long.
        const growth = milliseconds / cost(() => action(text.slice(0, LENGTH / 2)));
        assert.ok(milliseconds < SLOW_MILLISECONDS && growth < MOST_GROWTH, `${name}: ${milliseconds} ms, ${growth}`);
      }
    }
  });
}

test('every file that holds a pattern or a parser is fed here, or says why it need not be', () => {
  const source = new URL('../../src/', import.meta.url);
  const fed = new Set([...PARTS.map(([file]) => file), ...Object.keys(OUR_OWN)]);
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length > 40);
  for (const file of files.map((name) => name.replaceAll('\\', '/'))) {
    const code = readFileSync(new URL(file, source), 'utf8').replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
    // A pattern stands behind something that no division has before it.
    if (
      /[(=:,!&|?[\s]\/(?![/*\s])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n[])+\/[dgimsuvy]*[.,;)\s]|new RegExp\(|JSON\.parse\(/.test(
        code,
      )
    ) {
      assert.ok(fed.has(file), `${file} holds a pattern or a parser; feed it in PARTS, or name it in OUR_OWN`);
    }
  }
});
