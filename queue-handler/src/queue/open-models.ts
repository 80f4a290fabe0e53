/** Which models have open probes, as of a moment ago. */
import { sql } from 'kysely';
import { monotonic } from '../clock.js';
import type { Db } from '../database/connect.js';

// Every open probe is looked at for it, so it is done no oftener than this, and with no more than a fiftieth of the time.
const SHORTEST_MILLISECONDS = 2_000;
const SHARE = 50;

export class OpenModels {
  /** By provider. */
  found: ReadonlyMap<string, readonly string[]> = new Map();
  #due = Number.NEGATIVE_INFINITY;

  /** Look, where it is time. */
  async look(db: Db): Promise<void> {
    const began = monotonic();
    if (began < this.#due) {
      return;
    }
    const { rows } = await sql<{ provider: string; models: string[] }>`
      SELECT p.provider, array_agg(DISTINCT p.model_id) AS models
      FROM runs r JOIN probe_results p ON p.run_id = r.id
      WHERE r.status IN ('PENDING', 'RUNNING') AND p.status IN ('PENDING', 'QUEUED') GROUP BY 1`.execute(db);
    this.found = new Map(rows.map(({ provider, models }) => [provider, models]));
    const now = monotonic();
    this.#due = now + Math.max(SHORTEST_MILLISECONDS, SHARE * (now - began));
  }
}
