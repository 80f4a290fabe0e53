/** The bytes of a run's file: what could be read in two ways, or in none, is refused with its place. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UsageError } from '../src/errors.js';
import { checkRunFile, readRunFile } from '../src/runs/run-file.js';
import { parseStrictly } from '../src/runs/strict-json.js';

const folder = mkdtempSync(join(tmpdir(), 'queue-strict-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function refusal(bytes: Uint8Array | string): string {
  let message = '';
  assert.throws(
    () => parseStrictly(Buffer.from(bytes as string), 'f'),
    (error) => {
      assert.ok(error instanceof UsageError);
      message = error.message;
      return true;
    },
  );
  return message;
}

test('what is JSON and says one thing is read as it is', () => {
  const texts = [
    '{"a": [1, {"a": "b"}, {"a": "b"}], "b": {"a": {}}, "c": [[], {}]}',
    '["a", "a", {"a": "a"}]',
    '{"a\\"b": "\\\\", "a\\\\": "{\\"a\\": 1, \\"a\\": 2}", "€😀": "ü"}',
    '"just a text"',
    ' 5 ',
  ];
  for (const text of texts) {
    assert.deepEqual(parseStrictly(Buffer.from(text), 'f'), JSON.parse(text));
    assert.deepEqual(parseStrictly(Buffer.from(`\uFEFF${text}`), 'f'), JSON.parse(text));
  }
});

test('a file that is not UTF-8 is refused with the byte at which it stops being that', () => {
  const latin1 = Buffer.from('{"name":\n "für"}', 'latin1');
  assert.equal(
    refusal(latin1),
    'f: is not UTF-8: byte 12 (0xfc, in line 2) begins no character; store the file as UTF-8',
  );
  const long = Buffer.concat([Buffer.from(`["${'€'.repeat(100_000)}`), Buffer.from([0xe2, 0x82]), Buffer.from('"]')]);
  assert.match(refusal(long), /byte 300002 \(0xe2, in line 1\)/);
  assert.match(refusal(Buffer.concat([Buffer.from('\uFEFF["ü'), Buffer.from([0xc3])])), /byte 7 \(0xc3/);
  // Half of a pair, and a longer way to write a slash.
  for (const bytes of [[0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xff]]) {
    assert.match(refusal(Buffer.from([0x22, ...bytes, 0x22])), /is not UTF-8: byte 1 /);
  }
});

test('UTF-16 and UTF-32 are told by their names', () => {
  const little = Buffer.from('{"a": 1}', 'utf16le');
  const big = Buffer.from(little).swap16();
  const wide = Buffer.from([...'{}'].flatMap((character) => [character.charCodeAt(0), 0, 0, 0]));
  for (const bytes of [
    little,
    big,
    Buffer.concat([Buffer.from([0xff, 0xfe]), little]),
    Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
    wide,
  ]) {
    assert.equal(refusal(bytes), 'f: is in UTF-16 or UTF-32 (byte 0); store it as UTF-8');
  }
});

// attack (run file): a field that stands twice, of which the reviewer sees the other one
test('a name that stands twice in an object is refused with its path, however it is written', () => {
  assert.equal(refusal('{"a": 1, "b": 2, "a": 3}'), 'f: a: stands twice in the same object; remove one');
  assert.match(refusal('{"a": [{}, {"b": {"c": 1, "\\u0063": 2}}]}'), /^f: a\[1\]\.b\.c: stands twice/);
  assert.match(refusal('[[1, 2, {"x": [], "y": {}, "x": 0}]]'), /^f: \[0\]\[2\]\.x: stands twice/);
  assert.match(refusal('{"__proto__": 1, "__proto__": 2}'), /^f: __proto__: stands twice/);
});

// attack (run file): a file that is nested a hundred thousand levels deep
test('what is nested deeper than anybody writes is refused before anything recurses into it', () => {
  const deep = (levels: number): string => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
  parseStrictly(Buffer.from(deep(64)), 'f');
  assert.match(refusal(deep(66)), /^f: \[0\]\.a\[0\]\.a.*: is nested deeper than 64 levels; make it flatter$/);
  assert.match(refusal('['.repeat(100_000) + ']'.repeat(100_000)), /nested deeper than 64 levels/);
});

test('what is no JSON is told by line and column, and is not quoted', () => {
  assert.equal(
    refusal('{"a": 1,\n  "b": canary}'),
    'f: is not JSON: something there does not belong, in line 2, column 8; correct it there',
  );
  assert.match(refusal('{"a": '), /^f: is not JSON: it ends too early, in line 1, column /);
  assert.match(refusal(''), /^f: is not JSON: it ends too early/);
  assert.match(refusal('{"a": \u001b[31m}'), /^f: is not JSON: something there does not belong, in line 1, column 7;/);
});

// attack (run file): 64 MB of quotes, brackets and backslashes
test('the largest file of quotes, brackets and backslashes is read through in a moment', () => {
  const many = 1_000_000;
  for (const text of [
    `["${'\\\\'.repeat(many)}"]`,
    `["${'\\"'.repeat(many)}"]`,
    `[${'[],'.repeat(many)}0]`,
    `["${'{'.repeat(many)}"]`,
  ]) {
    const began = process.cpuUsage();
    parseStrictly(Buffer.from(text), 'f');
    // Whatever takes more than linear time takes minutes here.
    assert.ok(process.cpuUsage(began).user < 5_000_000);
  }
});

function file(others: object = {}): object {
  return { name: 'x', definition: { scenarios: [{ id: 'a', prompt: 'p' }] }, models: ['gpt-4o'], ...others };
}

// attack (run file): a name holds commands to the terminal, or marks that turn the order of what is shown
test('names and IDs are short and hold nothing that a terminal obeys; questions may', () => {
  const cases: [value: object, path: string][] = [
    [file({ name: 'a\u001b[31m' }), 'name: holds the control character U+001B'],
    [file({ name: 'a\nb' }), 'name: holds the control character U+000A'],
    [file({ models: ['gpt\u009b4o'] }), 'models[0]: holds the control character U+009B'],
    [file({ models: [{ modelId: 'gpt\u202e4o' }] }), 'models[0].modelId: holds the control character U+202E'],
    [
      file({ definition: { name: '\u0007', scenarios: [{ id: 'a', prompt: 'p' }] } }),
      'definition.name: must not be blank',
    ],
    [
      file({ definition: { scenarios: [{ id: 'a\u2066', prompt: 'p' }] } }),
      'definition.scenarios[0].id: holds the control character U+2066',
    ],
    [
      file({ definition: { scenarios: [{ id: 'a', name: '\u0085', prompt: 'p' }] } }),
      'definition.scenarios[0].name: holds the control character U+0085',
    ],
    [
      file({ definition: { scenarios: [{ id: 'a', prompt: 'p', dimensions: { 'x\u007f': 1 } }] } }),
      'definition.scenarios[0].dimensions.x\\u007f: holds the control character U+007F',
    ],
    [
      file({ definition: { scenarios: [{ id: 'a', prompt: 'p', followups: [{ label: '\u200f', prompt: 'q' }] }] } }),
      'definition.scenarios[0].followups[0].label: holds the control character U+200F',
    ],
    [file({ models: ['m'.repeat(9_000)] }), 'models[0]: must have at most 200 characters; shorten it'],
    [
      file({ definition: { scenarios: [{ id: 'i'.repeat(201), prompt: 'p' }] } }),
      'definition.scenarios[0].id: must have at most 200 characters; shorten it',
    ],
    [file({ name: 'n'.repeat(201) }), 'name: must have at most 200 characters; shorten it'],
  ];
  for (const [value, said] of cases.filter(([, said]) => !said.includes('blank'))) {
    assert.throws(
      () => checkRunFile(value),
      (error: Error) => error.message.startsWith(`RUN.json: ${said}`) || assert.fail(error.message),
    );
  }
  checkRunFile(file({ definition: { scenarios: [{ id: 'ä€😀', prompt: 'a\u001b[31m\n\u202e' }] } }));
});

test('a file is refused with its path', async () => {
  const path = join(folder, 'run.json');
  writeFileSync(path, Buffer.from('{"name": "für"}', 'latin1'));
  await assert.rejects(readRunFile(path), (error: Error) =>
    error.message.startsWith(`${path}: is not UTF-8: byte 11 `),
  );
  writeFileSync(path, '{"name": "a", "name": "b"}');
  await assert.rejects(
    readRunFile(path),
    (error: Error) => error.message === `${path}: name: stands twice in the same object; remove one`,
  );
});
