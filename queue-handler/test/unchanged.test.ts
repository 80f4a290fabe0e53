/** A run that others change while it is read: what was read of it does not pass for the whole. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { jobOfRun, jobOfRuns } from '../src/analysis/job.js';
import { exportRun } from '../src/export/lines.js';
import { isAnalysisDue, queueAnalyses } from '../src/runs/analyses.js';
import { deletion } from '../src/runs/delete.js';
import { cancelRun } from '../src/runs/lifecycle.js';
import { Spool } from '../src/runs/spool.js';
import { bench, type Rig } from './support/rig.js';

const { onEither } = bench();

const SCALE = { kind: 'options', options: [{ label: 'Yes' }, { label: 'No' }] };

async function ended(rig: Rig, samples = 1): Promise<string> {
  const run = await rig.start({ name: 'study', samples });
  await cancelRun(rig.database, run);
  return run;
}

function readings(rig: Rig, run: string): AsyncGenerator<string>[] {
  const { db } = rig.database;
  return [
    exportRun(rig.database, { id: run, name: 'study' }, true),
    jobOfRun(db, run),
    jobOfRuns(db, [{ id: run, label: 'study' }], true),
  ];
}

/** Begin to read in every way, let something happen, and go on to the end. */
async function meanwhile(rig: Rig, run: string, happens: () => Promise<unknown>, said: RegExp): Promise<void> {
  const all = readings(rig, run);
  for (const reading of all) {
    assert.equal((await reading.next()).done, false);
  }
  await happens();
  for (const reading of all) {
    await assert.rejects(async () => {
      for await (const _ of reading) {
        // To the end, if there is one.
      }
    }, said);
  }
}

onEither(
  'what is read of a run does not pass for the whole where it is deleted meanwhile, or was in part',
  async (rig) => {
    const run = await ended(rig, 501);
    const spool = new Spool(rig.settings.dataFolder, rig.database.identity);
    const parts = deletion(rig.database, spool, run);
    const { db } = rig.database;
    await sql`UPDATE runs SET status = 'COMPLETED' WHERE id = ${run}`.execute(db);
    assert.equal(await isAnalysisDue(db, run), true);
    await meanwhile(rig, run, () => parts.next(), /^Error: study was deleted, or a part of it, while it was read/);
    for (const reading of readings(rig, run)) {
      await assert.rejects(reading.next(), /^UsageError: study is being deleted, and a part of it is gone/);
    }
    // Nor is it analysed: nobody waits for that, and its deletion does not either.
    await queueAnalyses(rig.database);
    assert.equal(await isAnalysisDue(db, run), false);
    const other = await ended(rig);
    await meanwhile(
      rig,
      other,
      async () => {
        for await (const _ of deletion(rig.database, spool, other)) {
          // To its end.
        }
      },
      /^Error: study was deleted/,
    );
  },
);

onEither('what is read of a run has not the scores of two scorings', async (rig) => {
  const { db } = rig.database;
  const run = await ended(rig);
  const score = async (): Promise<void> => {
    await sql`UPDATE scorings SET status = 'SUPERSEDED'`.execute(db);
    await db
      .insertInto('scorings')
      .values({ run_id: run, config: JSON.stringify({ scale: SCALE }), status: 'CURRENT' })
      .execute();
  };
  const said = /^Error: study was scored anew while it was read, .*; give the command again$/;
  await meanwhile(rig, run, score, said);
  await meanwhile(rig, run, score, said);
});
