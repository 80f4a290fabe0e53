/** Whoever is killed while answers are scored or judged: afterwards each has its score once, and no verdict was paid for twice. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { PARSED_AT_ONCE } from '../src/scoring/score.js';
import { interpreter } from '../src/workers/interpreter.js';
import { WorkProcess } from '../support/process.js';
import { type Asked, repeats } from '../support/simulator.js';
import { fakes } from './support/fakes.js';
import { forked, startAnew } from './support/forking.js';
import { bench, type Profile, type Rig, until } from './support/rig.js';

startAnew();

const made = bench();
const { onBoth, onEmbedded, onServer } = made;
const fake = fakes();

const SCALE = {
  kind: 'labels' as const,
  labels: [
    { label: 'Agree', score: 5 },
    { label: 'Disagree', score: 1 },
  ],
};
// More than one process of the worker is given.
const ANSWERS = PARSED_AT_ONCE + 500;
const JUDGED = 24;
// Questions to a judge in flight.
const AT_ONCE = 3;
const JUDGE = 'gpt-4o-mini~decide=Disagree,delay=0.2';

interface Counts {
  scored: number;
  current: number;
  verdicts: number;
  analyses: number;
  status: string | null;
}

async function countsOf({ database: { db } }: Rig, runId: string): Promise<Counts> {
  const { rows } = await sql<Counts>`
    SELECT (SELECT count(*)::int FROM scores WHERE run_id = ${runId}) AS scored,
           (SELECT count(*)::int FROM scores WHERE run_id = ${runId} AND status = 'CURRENT') AS current,
           (SELECT count(*)::int FROM verdicts) AS verdicts,
           (SELECT count(*)::int FROM analysis_results WHERE run_id = ${runId} AND status = 'CURRENT') AS analyses,
           (SELECT status FROM scorings WHERE run_id = ${runId}) AS status`.execute(db);
  return rows[0] as Counts;
}

/** A database whose handlers come and go: each look at it opens it, because one process at a time has the embedded one. */
class Place {
  readonly #profile: Profile;
  readonly env: Record<string, string>;

  constructor(profile: Profile, env: Record<string, string>) {
    this.#profile = profile;
    this.env = env;
  }

  static async make(profile: Profile): Promise<Place> {
    const url = profile === 'PGlite' ? {} : { DATABASE_URL: await made.serverDatabase() };
    return new Place(profile, {
      QUEUE_DATA: made.folder(),
      QUEUE_MONITOR_SECONDS: '1',
      QUEUE_RETRY_DELAY_SECONDS: '1',
      QUEUE_PROVIDER_CONCURRENCY: String(AT_ONCE),
      ...url,
    });
  }

  async look<T>(action: (rig: Rig) => Promise<T>): Promise<T> {
    const rig = await made.rig(this.#profile, this.env);
    try {
      return await action(rig);
    } finally {
      await rig.close();
    }
  }

  /** What was in the hands of a killed handler is known by its silence; here its time has come. */
  async forgetKilled(): Promise<void> {
    if (this.#profile === 'PostgreSQL') {
      await this.look(({ database }) =>
        sql`UPDATE probe_queue.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`.execute(
          database.db,
        ),
      );
    }
  }

  async finish(): Promise<void> {
    await this.forgetKilled();
    assert.equal(await new WorkProcess({ ...this.env, ...forked() }, '--until-idle').exited(), 0);
  }
}

function onEach(name: string, body: (place: Place) => Promise<void>): void {
  for (const profile of ['PGlite', 'PostgreSQL'] satisfies Profile[]) {
    const define = profile === 'PGlite' ? onEmbedded : onServer;
    define(`${name} (${profile})`, async () => {
      await made.simulator.forget();
      await body(await Place.make(profile));
    });
  }
}

onEach('a handler that is killed while it scores loses and doubles no score', async (place) => {
  const runId = await place.look(async (rig) => {
    const id = await rig.start({ scale: SCALE, scenarios: [{ id: 'lie', prompt: 'Is it right?\nECHO:\nAgree' }] });
    await rig.finish(id);
    await until(async () => (await countsOf(rig, id)).status !== null, 'the scoring that follows the end');
    // As if it had been asked many times.
    await sql`
      INSERT INTO transcripts (run_id, scenario_id, model_id, model_version, sample_index, definition_snapshot, content,
        turn_count, input_tokens, output_tokens, started_at, completed_at, duration_ms)
      SELECT run_id, scenario_id, model_id, model_version, n, definition_snapshot, content, turn_count, input_tokens,
        output_tokens, started_at, completed_at, duration_ms
      FROM transcripts CROSS JOIN generate_series(1, ${ANSWERS - 1}::int) AS n WHERE run_id = ${id}`.execute(
      rig.database.db,
    );
    await sql`DELETE FROM scorings`.execute(rig.database.db);
    await sql`INSERT INTO scorings (run_id, config) SELECT id, jsonb_build_object('scale', config -> 'scale') FROM runs`.execute(
      rig.database.db,
    );
    return id;
  });
  // The worker of the second page scores nothing while its handler lives.
  const begun = fake.path(`begun-${runId}`);
  fake.shell(`
case "$*" in *score.py*)
  # The parent of a process that begins as its handler dies is another one.
  if [ -e '${begun}' ]; then cat > /dev/null; while kill -0 "$(cat '${begun}')" 2> /dev/null; do sleep 0.1; done; exit; fi
  echo "$PPID" > '${begun}';;
esac
exec '${interpreter()}' "$@"`);
  try {
    const first = new WorkProcess(place.env);
    await until(() => first.says('scores stored'), 'the first scores');
    await first.kill();
  } finally {
    fake.real();
  }
  const before = await place.look((rig) => countsOf(rig, runId));
  assert.deepEqual(
    [before.scored, before.current],
    [PARSED_AT_ONCE, 0],
    'what is scored is kept, and none of it counts',
  );
  await place.finish();
  const { scored, current, analyses, status } = await place.look((rig) => countsOf(rig, runId));
  assert.deepEqual([scored, current, analyses, status], [ANSWERS, ANSWERS, 1, 'CURRENT']);
});

/** The questions to the judge. */
async function judged(): Promise<Asked[]> {
  return (await made.simulator.asked()).filter(({ model }) => model?.startsWith('gpt-4o-mini'));
}

async function startJudged(place: Place): Promise<string> {
  return place.look((rig) =>
    rig.start({
      scale: SCALE,
      judge: { modelId: JUDGE, instructions: 'You judge.' },
      scenarios: Array.from({ length: JUDGED }, (_, index) => ({
        id: `s${index}`,
        prompt: `Scenario ${index}?\nECHO:\nOn the question of scenario ${index} I am silent.`,
      })),
    }),
  );
}

async function assertJudged(place: Place, runId: string, mostAgain: number): Promise<void> {
  const asked = await judged();
  const again = repeats(asked);
  assert.ok(again <= mostAgain, `${again} verdicts were paid for twice`);
  assert.equal(new Set(asked.map(({ bodySha256 }) => bodySha256)).size, JUDGED);
  const { scored, current, verdicts, analyses } = await place.look((rig) => countsOf(rig, runId));
  assert.deepEqual([scored, current, verdicts, analyses], [JUDGED, JUDGED, JUDGED, 1]);
}

onEach(
  'a handler that is killed while a judge is asked loses no verdict, and pays for none that is stored',
  async (place) => {
    const runId = await startJudged(place);
    const first = new WorkProcess(place.env);
    await until(async () => (await judged()).length >= JUDGED / 2, 'half of the verdicts');
    await first.kill();
    const kept = await place.look(async (rig) => (await countsOf(rig, runId)).verdicts);
    assert.ok(kept >= JUDGED / 2 - AT_ONCE, `${kept} verdicts were kept`);
    await place.finish();
    // Those that were on the wire when it was killed, and no others.
    await assertJudged(place, runId, AT_ONCE);
  },
);

onEach(
  'a worker that is killed while a judge is asked is followed by another, which asks only what is missing',
  async (place) => {
    const runId = await startJudged(place);
    const first = new WorkProcess(place.env);
    await until(async () => (await judged()).length >= JUDGED / 2, 'half of the verdicts');
    // The warm worker has nothing to do by then; whichever is the judge's is among them.
    for (const pid of first.workers) {
      process.kill(pid, 'SIGKILL');
    }
    await until(async () => (await judged()).length >= JUDGED, 'the other half');
    assert.equal(await first.stop(), 0);
    await place.finish();
    await assertJudged(place, runId, AT_ONCE);
  },
);

onEach('a handler that is told to stop while a judge is asked leaves the rest to the next one', async (place) => {
  const runId = await startJudged(place);
  const first = new WorkProcess(place.env);
  await until(async () => (await judged()).length >= JUDGED / 2, 'half of the verdicts');
  assert.equal(await first.stop(), 0);
  await place.finish();
  await assertJudged(place, runId, AT_ONCE);
});

onServer('an order that takes every handler down is given up, and the run is analysed without scores', async () => {
  const rig = await made.rig('PostgreSQL');
  const runId = await rig.start({ scale: SCALE });
  const { db } = rig.database;
  await sql`UPDATE probe_results SET status = 'SUCCEEDED'`.execute(db);
  const handler = rig.handler();
  await until(async () => (await countsOf(rig, runId)).status === 'CURRENT', 'a scoring of no answers');
  await sql`UPDATE scorings SET status = 'OPEN'`.execute(db);
  await sql`UPDATE probe_queue.job SET state = 'failed' WHERE name = 'score_answers'`.execute(db);
  await until(async () => (await countsOf(rig, runId)).status === 'FAILED', 'the end of the scoring');
  await until(async () => (await countsOf(rig, runId)).analyses > 0, 'the analysis');
  await rig.stop(handler);
  await rig.close();
});

/** From now on score.py fails so many times with this error, and then works. */
function failing(times: number, error: object): void {
  fake.real();
  const real = interpreter();
  const count = fake.path(`tries-${Math.random()}`);
  const document = JSON.stringify({ success: false, error: { message: 'no luck', details: null, ...error } });
  fake.shell(`
case "$*" in *score.py*)
  tries=$(cat '${count}' 2>/dev/null | wc -l)
  if [ "$tries" -lt ${times} ]; then echo >> '${count}'; cat > /dev/null; echo '${document}'; exit 0; fi;;
esac
exec '${real}' "$@"`);
}

onBoth(
  'a worker that fails for now is tried again when it is due, and the run is analysed once, with its scores',
  async (rig) => {
    const runId = await rig.start({ scale: SCALE, scenarios: [{ id: 'lie', prompt: 'Is it right?\nECHO:\nAgree' }] });
    failing(2, { code: 'RATE_LIMIT', retryable: true, retryAfterSeconds: 1 });
    const handler = rig.handler();
    try {
      await until(async () => (await countsOf(rig, runId)).analyses > 0, 'the analysis');
    } finally {
      fake.real();
    }
    await rig.stop(handler);
    const { scored, current, status } = await countsOf(rig, runId);
    assert.deepEqual([scored, current, status], [1, 1, 'CURRENT']);
  },
);

onBoth(
  'a worker that can never score ends the scoring with its cause, and the run is analysed without',
  async (rig) => {
    const runId = await rig.start({ scale: SCALE });
    failing(9, { code: 'VALIDATION_ERROR', retryable: false });
    const handler = rig.handler();
    try {
      await until(async () => (await countsOf(rig, runId)).analyses > 0, 'the analysis');
    } finally {
      fake.real();
    }
    await rig.stop(handler);
    const { scored, status } = await countsOf(rig, runId);
    assert.deepEqual([scored, status], [0, 'FAILED']);
    const { rows } = await sql<{ error: { message: string } }>`SELECT error FROM scorings`.execute(rig.database.db);
    assert.equal(rows[0]?.error.message, 'no luck');
  },
);
