/** What a ticket stands for: the probe, its run, its question, and what was already paid for. */
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { probeDefault } from '../documents/schemas.js';
import type { IdentifiedJob, PartialTranscript, ProbeStatus, RunConfig, RunStatus, StoredScenario } from '../model.js';
import { boundedConfig } from '../money/dearest.js';
import type { Stop } from './stopped.js';

export interface Probe {
  id: string;
  run_id: string;
  scenario_id: string;
  scenario_key: string;
  model_id: string;
  provider: string;
  sample_index: number;
  status: ProbeStatus;
  ticket_id: string | null;
  failures: number;
  crashes: number;
  partial: PartialTranscript | null;
  /** Turns of `partial` whose cost is among the spendings. */
  counted_turns: number;
  /** It does not fit under a bound on what may be spent, and is not to be asked now. */
  unaffordable?: boolean;
  /** What it costs is bounded: it may not go on where that cannot be written down. */
  bounded?: boolean;
  run_status: RunStatus;
  run_config: RunConfig;
  definition_id: string;
  definition_name: string;
  definition_version: string | null;
  scenario: StoredScenario;
  preamble_sha256: string | null;
  /** The provider, or this model of it, is stopped for this run. */
  stop: Pick<Stop, 'model_id' | 'error'> | null;
}

/** The probes of some tickets, by their IDs. */
export async function loadProbes(db: Db | Transaction<Tables>, ids: string[]): Promise<Map<string, Probe>> {
  if (ids.length === 0) {
    return new Map();
  }
  const { rows } = await sql<Probe>`
    SELECT p.id, p.run_id, p.scenario_id, s.key AS scenario_key, p.model_id, p.provider, p.sample_index, p.status,
           p.ticket_id, p.failures, p.crashes, p.partial, p.counted_turns, r.status AS run_status, r.config AS run_config,
           d.id AS definition_id, d.name AS definition_name, d.version AS definition_version, s.content AS scenario,
           s.preamble_sha256, x.stop
    FROM probe_results p
    JOIN runs r ON r.id = p.run_id
    JOIN scenarios s ON s.id = p.scenario_id
    JOIN definitions d ON d.id = r.definition_id
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('model_id', model_id, 'error', error) AS stop FROM provider_stops
      WHERE run_id = p.run_id AND provider = p.provider AND model_id IN ('', p.model_id)
      ORDER BY model_id LIMIT 1) x ON true
    WHERE p.id = ANY(${ids}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The worker's job for one try. */
export function jobOf(probe: Probe, jobId: string): IdentifiedJob {
  const model = probe.run_config.models.find((one) => one.modelId === probe.model_id);
  const price = model?.modelCost ?? model?.price;
  const { config } = probe.run_config;
  const asked = probe.bounded === true ? boundedConfig(config, probe.provider) : config;
  const { prompt, preamble, followups } = probe.scenario;
  return {
    jobId,
    runId: probe.run_id,
    scenarioId: probe.scenario_key,
    modelId: probe.model_id,
    sampleIndex: probe.sample_index,
    scenario: {
      prompt,
      ...(preamble === undefined ? {} : { preamble }),
      ...(followups === undefined ? {} : { followups }),
    },
    ...(Object.keys(asked).length === 0 ? {} : { config: asked }),
    ...(model?.modelConfig === undefined ? {} : { modelConfig: model.modelConfig }),
    ...(price === undefined ? {} : { modelCost: price }),
    ...(probe.partial === null || probe.partial.turns.length === 0 ? {} : { resumeFrom: probe.partial }),
  };
}

/** How many requests the rest of the conversation makes. */
export function requestsOf(probe: Probe): number {
  const planned = 1 + (probe.scenario.followups?.filter((followup) => followup.prompt.trim() !== '').length ?? 0);
  const most = probe.run_config.config.maxTurns ?? probeDefault('maxTurns');
  return Math.max(1, Math.min(planned, most) - (probe.partial?.turns.length ?? 0));
}
