/** What a handler has learned of rates, for other processes; and a tier without room, which slows nobody down. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { Limits } from '../src/queue/limits.js';
import { CHANGES_KEPT, forgetRates, RateKeeper } from '../src/queue/rates.js';
import { ratesOf } from '../src/runs/rates.js';
import { readSettings } from '../src/settings.js';
import { ratesText } from '../src/view/rates-text.js';
import { commands } from './support/both.js';
import { bench, until } from './support/rig.js';

interface Settled {
  requested?: { serviceTier: string };
  sent?: { serviceTier: string };
  serviceTier?: string;
  tierWaits?: number;
}

const made = bench();
const { onBoth, onEither } = made;

onBoth(
  'each provider and model says what it may do, why, and what is left, in a process that asks nothing',
  async (rig) => {
    const { db } = rig.database;
    const FULL = 'Is it right to lie? [[sim asked-tier=flex error=resource_unavailable]]';
    const scenarios = [{ id: 'one', prompt: FULL }];
    const flex = { modelId: 'gpt-5-mini~rpm=500', modelConfig: { serviceTier: 'flex', serviceTierFallbackAfter: 1 } };
    const runId = await rig.start({ models: [flex, 'claude-sonnet-5~error=rate_limit,times=1'], scenarios });
    const settings = { limits: { openai: { concurrency: 40, requestsPerMinute: 900 } } };
    const handler = rig.handler(settings);
    await rig.ended(runId);
    const look = () => ratesOf(db, { ...rig.settings, ...settings });
    await until(
      async () =>
        (await look()).every(({ models }) => models.some(({ report, why }) => report || why?.includes('lowered'))),
      'what was learned',
    );
    const found = await look();
    const [anthropic, openai] = found;
    const [claude] = anthropic?.models ?? [];
    assert.deepEqual([claude?.allowed, claude?.history[0]?.allowed], [1, 1]);
    assert.match(claude?.why ?? '', /lowered by a fifth: the provider limited the rate/);
    const [gpt] = openai?.models ?? [];
    assert.deepEqual([openai?.concurrency, openai?.requestsPerMinute, openai?.inFlight], [40, 900, 0]);
    assert.ok((gpt?.allowed ?? 0) >= 16, `${gpt?.allowed} allowed after a wait for room`);
    // Two of 500 were taken; a bucket that fills by eight a second may have the first of them back.
    const left = gpt?.report?.requestsLeft ?? 0;
    assert.ok([498, 499].includes(left), `${left} left`);
    assert.deepEqual([gpt?.report?.requestsLimit, gpt?.report?.refusals], [500, 0]);
    const text = ratesText(found);
    assert.match(text, new RegExp(`^ {2}gpt-5-mini~rpm=500 +0 +\\d+ +${left}/500`, 'm'));
    assert.match(text, /^ {2}claude-sonnet-5~error=rate_limit,times=1, the newest first:$/m);
    await rig.stop(handler);
    // A handler that has left allows nothing; what it learned is there still.
    const [, after] = await look();
    assert.deepEqual([after?.models[0]?.allowed, (after?.models[0]?.history.length ?? 0) > 0], [null, true]);
    const { rows } = await sql<{ turn: { providerMetadata: Settled } }>`
    SELECT content -> 'turns' -> 0 AS turn FROM transcripts WHERE model_id LIKE 'gpt%'`.execute(db);
    const { requested, sent, serviceTier, tierWaits } = rows[0]?.turn.providerMetadata ?? ({} as Settled);
    assert.deepEqual(
      [requested?.serviceTier, sent?.serviceTier, serviceTier, tierWaits],
      ['flex', 'default', 'default', 1],
    );
  },
);

onEither('of the changes of a model the last are kept, and growth by one is none', async (rig) => {
  const { db } = rig.database;
  let now = 0;
  const limits = new Limits(readSettings({ QUEUE_PROVIDER_CONCURRENCY: '100000' }), () => now);
  const handlerId = '00000000-0000-0000-0000-000000000001';
  await sql`INSERT INTO handlers (id, host, pid) VALUES (${handlerId}, 'nowhere', 1)`.execute(db);
  const gate = limits.gate('openai').model('gpt-4o');
  gate.inFlight = 1000;
  const keeper = new RateKeeper();
  const changes = async (): Promise<number> =>
    (await sql<{ n: number }>`SELECT count(*)::int AS n FROM rate_changes`.execute(db)).rows[0]?.n ?? 0;
  await keeper.keep(db, handlerId, limits.gates);
  await keeper.keep(db, handlerId, limits.gates);
  assert.equal(await changes(), 1);
  for (let doubling = 0; doubling < 500; doubling += 1) {
    gate.succeeded();
  }
  for (let change = 0; change < CHANGES_KEPT + 5; change += 1) {
    now += 20_000;
    gate.rateLimited();
    await keeper.keep(db, handlerId, limits.gates);
  }
  const before = await changes();
  assert.ok(before <= CHANGES_KEPT, `${before} kept`);
  const { rows } = await sql<{ allowed: number }>`SELECT allowed FROM rate_changes ORDER BY id DESC LIMIT 1`.execute(
    db,
  );
  assert.equal(rows[0]?.allowed, gate.learned.allowed);
  await sql`UPDATE rate_changes SET at = at - interval '8 days'`.execute(db);
  await forgetRates(db);
  assert.equal(await changes(), 0);
});

commands(made).onServer('status --limits shows them, and that nothing was asked yet', async (desk) => {
  assert.match(await desk.prints('status', '--limits'), /^no provider was asked yet/);
});
