/** Before anything is asked under a bound: what each probe may cost at most, and that this is known of every model. */
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { judgesOf } from '../documents/judges.js';
import type { RunConfig, RunModel, ScoreJudges, StoredScenario } from '../model.js';
import { dearestTurns, longestAnswer, sum } from './dearest.js';
import { dearestOf } from './reserve.js';

type Trx = Db | Transaction<Tables>;

// Scenarios at a time; a page of them is in memory.
const SCENARIOS_AT_ONCE = 500;

/** Why models cannot be asked under a bound, each with its cure. */
export function unboundedModels(models: RunModel[], config: RunConfig['config']): string[] {
  return models.flatMap((model) => {
    if (model.modelCost === undefined && model.price === undefined) {
      return [
        `${model.modelId} has no price, without which nothing may be asked under a bound; add modelCost, or a row to PROBE_PRICES_FILE`,
      ];
    }
    return Number.isFinite(longestAnswer({ config, model }))
      ? []
      : [`the answers of ${model.modelId} have no limit that is known, so nor has their cost; set maxTokens`];
  });
}

/** The same of judges. */
export function unboundedJudges(judge: ScoreJudges | undefined): string[] {
  return judgesOf(judge).flatMap(({ modelId, modelConfig, modelCost, config }) =>
    unboundedModels(
      [{ modelId, provider: '', ...(modelConfig && { modelConfig }), ...(modelCost && { modelCost }) }],
      config ?? {},
    ),
  );
}

/** Note what each probe of a run may cost at most, as far as it is not paid yet, so that no more are queued than fit. */
export async function planCosts(trx: Trx, runId: string): Promise<void> {
  const { rows: runs } = await sql<{ definition_id: string; config: RunConfig }>`
    SELECT definition_id, config FROM runs WHERE id = ${runId}`.execute(trx);
  const [run] = runs;
  for (let after = -1; run !== undefined; ) {
    const { rows: scenarios } = await sql<{ id: string; position: number; content: StoredScenario }>`
      SELECT id, position, content FROM scenarios
      WHERE definition_id = ${run.definition_id} AND position > ${after}
      ORDER BY position LIMIT ${SCENARIOS_AT_ONCE}`.execute(trx);
    const last = scenarios.at(-1);
    if (last === undefined) {
      await planRests(trx, runId, run.config);
      return;
    }
    after = last.position;
    const planned = scenarios.flatMap(({ id, content }) =>
      run.config.models.flatMap((model) => {
        const turns = dearestTurns({ scenario: content, config: run.config.config, model });
        return turns === null ? [] : [{ scenario: id, model: model.modelId, usd: sum(turns) }];
      }),
    );
    await sql`
      UPDATE probe_results p SET dearest_usd = c.usd
      FROM jsonb_to_recordset(${JSON.stringify(planned)}::jsonb) AS c (scenario uuid, model text, usd numeric)
      WHERE p.run_id = ${runId} AND p.scenario_id = c.scenario AND p.model_id = c.model`.execute(trx);
  }
}

/** The same of conversations of which turns are paid. */
async function planRests(trx: Trx, runId: string, config: RunConfig): Promise<void> {
  for (let after = -1; ; ) {
    const { rows } = await sql<{ id: string; position: number } & Parameters<typeof dearestOf>[0]>`
      SELECT p.id, p.position, p.model_id, p.partial, s.content AS scenario
      FROM probe_results p JOIN scenarios s ON s.id = p.scenario_id
      WHERE p.run_id = ${runId} AND p.position > ${after} AND jsonb_array_length(p.partial -> 'turns') > 0
      ORDER BY p.position LIMIT ${SCENARIOS_AT_ONCE}`.execute(trx);
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    after = last.position;
    const rests = rows.flatMap((row) => {
      const turns = dearestOf({ ...row, run_config: config });
      return turns === null ? [] : [{ id: row.id, usd: sum(turns) }];
    });
    await sql`
      UPDATE probe_results p SET dearest_usd = c.usd
      FROM jsonb_to_recordset(${JSON.stringify(rests)}::jsonb) AS c (id uuid, usd numeric)
      WHERE p.id = c.id`.execute(trx);
  }
}
