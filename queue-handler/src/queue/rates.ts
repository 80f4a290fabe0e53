/** What this handler has learned of rates, kept in the database for people who ask, with the changes of late. */
import { sql } from 'kysely';
import type { Db } from '../database/connect.js';
import type { ModelGate, ProviderGate } from './limits.js';

/** Changes that are kept of a model, and for how long those of one that is asked no more. */
export const CHANGES_KEPT = 40;
const DAYS_KEPT = 7;

interface Row {
  provider: string;
  model_id: string;
  allowed: number;
  why: string;
  report: object | null;
  /** Worth a line of history: a window that grows by one says nothing. */
  news: boolean;
}

/** Models that nobody asks any more. */
export async function forgetRates(db: Db): Promise<void> {
  await sql`DELETE FROM rate_changes WHERE at < now() - make_interval(days => ${DAYS_KEPT})`.execute(db);
}

export class RateKeeper {
  readonly #written = new Map<string, { allowed: number; why: string; report: object | null; told: number }>();

  /** Write down what has changed since the last time. */
  async keep(db: Db, handlerId: string, gates: ReadonlyMap<string, ProviderGate>): Promise<void> {
    const rows = [...gates].flatMap(([provider, gate]) =>
      [...gate.models].flatMap(([model, one]) => this.#changed(provider, model, one)),
    );
    if (rows.length === 0) {
      return;
    }
    const json = JSON.stringify(rows);
    await db.transaction().execute(async (trx) => {
      await sql`
        INSERT INTO rate_windows (handler_id, provider, model_id, allowed, why, report)
        SELECT ${handlerId}::uuid, r.provider, r.model_id, r.allowed, r.why, r.report
        FROM jsonb_to_recordset(${json}::jsonb) AS r (provider text, model_id text, allowed int, why text, report jsonb)
        WHERE EXISTS (SELECT 1 FROM handlers WHERE id = ${handlerId}::uuid)
        ON CONFLICT (handler_id, provider, model_id) DO UPDATE SET
          allowed = excluded.allowed, why = excluded.why, report = excluded.report, changed_at = now()`.execute(trx);
      await sql`
        INSERT INTO rate_changes (provider, model_id, allowed, why)
        SELECT r.provider, r.model_id, r.allowed, r.why
        FROM jsonb_to_recordset(${json}::jsonb) AS r (provider text, model_id text, allowed int, why text, news boolean)
        WHERE r.news`.execute(trx);
      await sql`
        DELETE FROM rate_changes c USING (
          SELECT id, row_number() OVER (PARTITION BY provider, model_id ORDER BY id DESC) AS place
          FROM rate_changes WHERE (provider, model_id) IN (
            SELECT r.provider, r.model_id
            FROM jsonb_to_recordset(${json}::jsonb) AS r (provider text, model_id text, news boolean) WHERE r.news)) old
        WHERE c.id = old.id AND old.place > ${CHANGES_KEPT}`.execute(trx);
    });
    for (const { provider, model_id, allowed, why, report, news } of rows) {
      const key = JSON.stringify([provider, model_id]);
      const told = news ? allowed : (this.#written.get(key)?.told ?? allowed);
      this.#written.set(key, { allowed, why, report, told });
    }
  }

  #changed(provider: string, model: string, { learned, report }: ModelGate): Row[] {
    const before = this.#written.get(JSON.stringify([provider, model]));
    const { allowed, why } = learned;
    if (before?.allowed === allowed && before.why === why && before.report === report) {
      return [];
    }
    const news = before === undefined || before.why !== why || allowed < before.allowed || allowed >= 1.5 * before.told;
    return [{ provider, model_id: model, allowed, why, report, news }];
  }
}
