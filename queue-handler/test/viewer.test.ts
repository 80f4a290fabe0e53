/** What the viewer shows is what the database holds, whoever has it open; and nobody else sees it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { askOwner, serveCommands } from '../src/commands/control.js';
import { ViewDatabase } from '../src/commands/view-database.js';
import { type Database, openDatabase } from '../src/database/connect.js';
import type { Answers, ConversationAnswer, Question } from '../src/viewer/api.js';
import { conversationsFile, type ListedProbe, probesFile, type RunFiles, runFile } from '../src/viewer/export/files.js';
import { type ListedRun, matrixFrom, neighboursFrom, through, versusFrom } from '../src/viewer/export/listing.js';
import { exportFolder } from '../src/viewer/export/write.js';
import { NO_SCORE, readFilter } from '../src/viewer/filter.js';
import { serveViewer, type Viewer } from '../src/viewer/server.js';
import { bench, type Rig } from './support/rig.js';
import { STUDY, study } from './support/study.js';

const made = bench();
const { onBoth } = made;

const SILENT = [async () => {}, async () => {}] as const;

/** Each of these lets through some of the run and not all. */
const FILTERS = [
  'model=gpt-4o',
  'state=FAILED',
  'code=VALIDATION_ERROR',
  'state=SUCCEEDED&code=VALIDATION_ERROR',
  'score=5',
  'score=+',
  'score=1&score=3',
  'class=exact',
  'class=refusal&class=ambiguous',
  'finish=length',
  'cut=1',
  'refused=1',
  'orientation=flipped',
  'orientation=normal&model=claude-sonnet-5',
  'scenario=plain&scenario=rtl',
  `${new URLSearchParams({ 'dim.<b>Place</b>': 'near' })}`,
  `${new URLSearchParams([
    ['dim.<b>Place</b>', 'near'],
    ['dim.<b>Place</b>', 'far'],
    ['score', '5'],
  ])}`,
  'version=gpt-4o-2024-08-06',
];

onBoth('what is shown is what is stored, an exported folder says the same, and strangers see nothing', async (rig) => {
  const run = await study(rig);
  const aside = await setAside(rig, run);
  await rig.close();
  const database = new ViewDatabase(rig.settings);
  try {
    const ask = asking(database);
    const folder = join(made.folder(), 'exported');
    await exportFolder(database, { folder, runs: [STUDY.name], redact: false });
    const list = readList(folder, run);
    assert.equal(list.probes.length, 28);
    const place = await ask('transcript', { id: aside });
    const [former] = list.probes.filter(({ earlier }) => earlier?.includes(aside));
    assert.deepEqual([place.scenario, place.model, place.sample], [former?.scenario, former?.model, former?.sample]);
    for (const words of FILTERS) {
      for (const sort of ['given', 'spread'] as const) {
        const answer = await ask('matrix', { run, sort, rows: '200' }, words);
        assert.ok(answer.count < 28, words);
        const probes = through(list, readFilter(new URLSearchParams(words)), null);
        assert.deepEqual(matrixFrom(list, probes, { sort, offset: 0, limit: 200 }), answer, words);
        assert.equal(answer.count === 0, words.includes('SUCCEEDED'), words);
      }
    }
    await lookAround(ask, run, list);
    const [line] = (await ask('runs', {})).runs;
    assert.deepEqual([line?.total, line?.succeeded, line?.failed], [28, 24, { VALIDATION_ERROR: 4 }]);
    const { facets, analysis } = { facets: await ask('facets', { run }), analysis: await ask('analysis', { run }) };
    assert.deepEqual([facets.truncated, facets.refused, facets.dimensions.length], [4, 4, 1]);
    assert.deepEqual(
      facets.scores.map(({ value, count }) => [value, count]),
      [
        ['1', 0],
        ['3', 4],
        ['5', 8],
        [NO_SCORE, 12],
      ].filter(([, count]) => count !== 0),
    );
    assert.equal(analysis.analysis?.transcriptCount, 24);
    await sayAndRefuse(database, run);
    if (!rig.database.shared) {
      await makesRoom(rig.settings, database, { run, scenario: 'markdown', model: 'gpt-4o', sample: '1' });
    }
  } finally {
    await database.close();
  }
});

/** One more answer to a question, from before it was asked once more. @returns its ID. */
async function setAside(rig: Rig, run: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    INSERT INTO transcripts (run_id, scenario_id, model_id, sample_index, definition_snapshot, content, turn_count,
      input_tokens, output_tokens, warnings, started_at, completed_at, duration_ms, superseded_at, superseded_because)
    SELECT run_id, scenario_id, model_id, sample_index, definition_snapshot, content, turn_count,
      input_tokens, output_tokens, warnings, started_at, completed_at, duration_ms, now(), 'refused'
    FROM transcripts WHERE run_id = ${run} ORDER BY id LIMIT 1 RETURNING id`.execute(rig.database.db);
  return rows[0]?.id ?? '';
}

/** Searches, conversations and their neighbours. */
async function lookAround(ask: ReturnType<typeof asking>, run: string, list: ListedRun): Promise<void> {
  for (const [q, count] of [
    ['PERHAPS disagree', 4],
    ['right to lie', 28],
    ['100%', 0],
    ['it', 28],
    ['para', 0],
    ['לשקר', 4],
  ] as const) {
    const { count: found, searched } = await ask('matrix', { run, q });
    assert.deepEqual([found, searched?.cut], [count, null], q);
  }
  for (const words of FILTERS) {
    // What stands in every prompt takes nothing away; and a dot only where there is one.
    const { count } = await ask('matrix', { run }, words);
    assert.equal((await ask('matrix', { run, q: 'RIGHT TO LIE?' }, words)).count, count, words);
    assert.ok((await ask('matrix', { run, q: 'It never is.' }, words)).count <= Math.min(count, 4), words);
  }
  const place = { run, scenario: 'markdown', model: 'gpt-4o', sample: '1' };
  const one = await ask('conversation', place);
  const { span, class: kind, score } = one.told?.score ?? {};
  const answer = one.told?.turns[0]?.targetResponse ?? '';
  assert.deepEqual([kind, score, [...answer].slice(span?.start, span?.end).join('')], ['exact', 5, 'Disagree']);
  const failed = await ask('conversation', { ...place, scenario: 'broken' });
  assert.deepEqual([failed.state, failed.error?.code, failed.told], ['FAILED', 'VALIDATION_ERROR', null]);
  assert.equal((await ask('conversation', { ...place, scenario: 'plain' })).told?.turns.length, 2);
  const found = await ask('neighbours', { ...place, list: 'q=it' });
  assert.deepEqual([found.of, found.searched], [28, (await ask('matrix', { run, q: 'it' })).searched]);
  for (const listed of ['', 'score=5', 'model=gpt-4o&cut=1']) {
    const near = await ask('neighbours', { ...place, list: listed });
    const probes = through(list, readFilter(new URLSearchParams(listed)), null);
    assert.deepEqual(neighboursFrom(list, probes, { ...place, sample: 1 }), near, listed);
  }
  const transcript = one.told?.id ?? '';
  assert.deepEqual(await ask('transcript', { id: transcript }), { ...place, sample: 1 });
  const same = await ask('versus', { run, against: run });
  assert.deepEqual([same.totalRows, same.rows[0]?.difference], [12, 0]);
  assert.deepEqual(versusFrom(list, list, 0, 25), same);
}

/** What a person says counts, and what nobody may say or see is refused. */
async function sayAndRefuse(database: ViewDatabase, run: string): Promise<void> {
  const viewer = await serveViewer(database, 0);
  try {
    const ask = asking(database);
    const place = { run, scenario: 'plain', model: 'gpt-4o', sample: '0' };
    const transcript = (await ask('conversation', place)).told?.id ?? '';
    const { scale } = (await ask('conversation', place)).run;
    const body = JSON.stringify({ run, transcript, score: 1, reason: 'it is irony', who: 'Ada', scale });
    await refuses(viewer, run, body);
    assert.equal((await ask('conversation', place)).told?.score?.score, 5);
    for (const [field, wrong] of Object.entries({ score: 9, transcript: run, reason: ' ', who: null })) {
      const { status, text } = await send(viewer, 'POST', '/api/override', {
        body: JSON.stringify({ ...JSON.parse(body), [field]: wrong }),
      });
      assert.deepEqual([status, text.includes('error')], [400, true], text);
    }
    const { status, text } = await send(viewer, 'POST', '/api/override', { body });
    assert.equal(status, 200, text);
    const { score } = (await ask('conversation', place)).told ?? {};
    assert.deepEqual(
      [score?.score, score?.class, score?.who, score?.reason, score?.replaced?.score],
      [1, 'manual', 'Ada', 'it is irony', 5],
    );
    await saysOnAnother(database, viewer, { run, transcript, place });
  } finally {
    await viewer.close();
  }
}

/** While a run is scored anew on another scale, a person's word is stored onto that one, and so that one is offered. */
async function saysOnAnother(
  database: ViewDatabase,
  viewer: Viewer,
  { run, transcript, place }: { run: string; transcript: string; place: Record<string, string> },
): Promise<void> {
  const ask = asking(database);
  const before = (await ask('conversation', place)).run;
  assert.deepEqual(before.saidOn, before.scale);
  const other = { kind: 'numbers', min: 0, max: 10 } as const;
  await database.act('score', { run, scale: { scale: other }, judge: null, overrides: null });
  const { scale, saidOn } = (await ask('conversation', place)).run;
  assert.deepEqual([scale, saidOn], [before.scale, other]);
  const body = { run, transcript, score: 1, reason: 'it is irony', who: 'Ada' };
  // Who looked at the page before means another 1.
  const late = await send(viewer, 'POST', '/api/override', { body: JSON.stringify({ ...body, scale }) });
  assert.deepEqual([late.status, late.text.includes('on another scale')], [400, true], late.text);
  const now = await send(viewer, 'POST', '/api/override', { body: JSON.stringify({ ...body, scale: saidOn }) });
  assert.deepEqual([now.status, now.text.includes('when its answers are scored')], [200, true], now.text);
}

/** A handler gets the embedded database, and answers from then on; when it has left, the viewer opens it again. */
async function makesRoom(
  settings: ConstructorParameters<typeof ViewDatabase>[0],
  database: ViewDatabase,
  place: Record<string, string>,
): Promise<void> {
  const before = await asking(database)('conversation', place);
  let opened: Database | null = null;
  while (opened === null) {
    // As `work` does, which asks for room each time that it finds the folder taken.
    await askOwner(settings.dataFolder, 'leave', {}, ...SILENT);
    opened = await openDatabase(settings, false).catch(() => null);
    await sleep(20);
  }
  const control = await serveCommands(opened, settings);
  assert.deepEqual(await asking(database)('conversation', place), before);
  await assert.rejects(askOwner(settings.dataFolder, 'leave', {}, ...SILENT), /a handler is at work/);
  await control.close();
  await opened.close();
  assert.deepEqual(await asking(database)('conversation', place), before);
}

interface Sent {
  status: number;
  text: string;
  headers: Record<string, unknown>;
}

/** With the token and as a page of the viewer's own would, unless told otherwise. */
async function send(
  { port, token }: Viewer,
  method: string,
  path: string,
  { body = '', headers = {} }: { body?: string; headers?: Record<string, string> } = {},
): Promise<Sent> {
  const all = {
    host: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...headers,
  };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  return new Promise((done, failed) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers: sent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), headers: response.headers }),
      );
    });
    asked.on('error', failed);
    asked.end(body);
  });
}

async function refuses(viewer: Viewer, run: string, body: string): Promise<void> {
  const { port } = viewer;
  const page = await send(viewer, 'GET', '/', { headers: { authorization: '', origin: '' } });
  assert.equal(page.status, 200);
  assert.match(
    String(page.headers['content-security-policy']),
    /^default-src 'none'; script-src 'self'; style-src 'self';/,
  );
  assert.deepEqual(
    [
      page.headers['x-content-type-options'],
      page.headers['cache-control'],
      page.headers['access-control-allow-origin'],
    ],
    ['nosniff', 'no-store', undefined],
  );
  const question = `/api/matrix?run=${run}`;
  const tries: [status: number, method: string, path: string, headers: Record<string, string>][] = [
    [200, 'GET', question, {}],
    [200, 'GET', question, { origin: '', 'sec-fetch-site': 'same-origin' }],
    [200, 'GET', question, { host: `localhost:${port}`, origin: `http://localhost:${port}` }],
    // A name of somebody's own that leads to 127.0.0.1.
    [403, 'GET', question, { host: `evil.example:${port}`, origin: `http://evil.example:${port}` }],
    [403, 'GET', '/', { host: `evil.example:${port}`, origin: '' }],
    [403, 'GET', question, { host: '127.0.0.1' }],
    [403, 'GET', question, { origin: 'http://evil.example' }],
    [403, 'GET', question, { origin: 'null' }],
    [403, 'GET', question, { origin: `http://127.0.0.1:${port + 1}` }],
    [403, 'GET', question, { origin: '', 'sec-fetch-site': 'cross-site' }],
    [403, 'POST', '/api/override', { origin: 'http://evil.example' }],
    [401, 'GET', question, { authorization: '' }],
    [401, 'GET', question, { authorization: 'Bearer wrong' }],
    [401, 'POST', '/api/override', { authorization: '' }],
    [400, 'POST', '/api/override', { 'content-type': 'text/plain' }],
    [405, 'GET', '/api/override', {}],
    [405, 'POST', question, {}],
    [405, 'DELETE', question, {}],
    [404, 'GET', '/api/constructor', {}],
    [404, 'GET', '/../../package.json', {}],
    [404, 'GET', '/api/matrix?run=00000000-0000-4000-8000-000000000000', {}],
    [400, 'GET', `/api/matrix?run=${encodeURIComponent("' OR 1=1")}`, {}],
    [400, 'GET', `${question}&from=-1`, {}],
  ];
  for (const [status, method, path, headers] of tries) {
    const answer = await send(viewer, method, path, { headers, ...(method === 'POST' && { body }) });
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(headers)}: ${answer.text}`);
  }
}

function asking(database: ViewDatabase) {
  return async <Q extends Question>(question: Q, words: Record<string, string>, more = ''): Promise<Answers[Q]> => {
    const { status, body } = await database.ask(question, `${new URLSearchParams(words)}&${more}`);
    assert.equal(status, 200, body);
    return JSON.parse(body);
  };
}

function readList(folder: string, run: string): ListedRun {
  const read = <T>(name: string): T => {
    const text = readFileSync(join(folder, name), 'utf8');
    const value: { json: string } = { json: '' };
    new Function('received', text)((_: string, json: string) => {
      value.json = json;
    });
    return JSON.parse(value.json);
  };
  const file = <N extends keyof RunFiles>(name: N): RunFiles[N] => read(runFile(run, name));
  const [first] = read<ConversationAnswer[]>(conversationsFile(run, 0));
  assert.ok(first !== undefined);
  const { config } = file('run');
  return {
    about: { id: run, name: first.run.name, status: first.run.status, samples: config.samples },
    scale: first.run.scale,
    models: config.models.map(({ modelId }) => modelId),
    scenarios: file('scenarios'),
    probes: read<ListedProbe[]>(probesFile(run, 0)),
  };
}
