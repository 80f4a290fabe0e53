/** `score`: the answers of a run once more, by another scale, a newer parser or a judge, or as people say; no model of the run is asked. */
import type { Database } from '../database/connect.js';
import { UsageError } from '../errors.js';
import { ENDED, type ScoreJudges, type ScoringConfig } from '../model.js';
import { createQueues } from '../pgboss.js';
import { findRun } from '../runs/find.js';
import { refuseScoring } from '../runs/scoring-config.js';
import { openScoring, scoringConfigOf, standingConfigOf } from '../runs/scorings.js';
import { pricedJudges } from '../runs/served.js';
import type { ScaleFile } from '../scoring/config-file.js';
import { applyOverrides, type Checked, checkOverrides, storeOverrides } from '../scoring/overrides.js';
import type { Said } from '../scoring/overrides-file.js';
import type { Settings } from '../settings.js';
import { terminalText } from '../terminal-text.js';
import { agreementText } from '../view/scores-text.js';

export interface ScoreArguments {
  run: string;
  scale: ScaleFile | null;
  /** null: as before; false: none any more. */
  judge: ScoreJudges | false | null;
  overrides: Said[] | null;
}

/** Told nothing: a command runs to its end. */
const NEVER = new AbortController().signal;

/** @returns what is said of it. @throws UsageError where the run cannot be scored, or the file is wrong. */
export async function scoreAnew(
  database: Database,
  settings: Settings,
  { run, scale, judge, overrides }: ScoreArguments,
): Promise<string> {
  const { db, boss } = database;
  const { id, name, status } = await findRun(db, run);
  const shown = terminalText(name);
  if (!ENDED.includes(status)) {
    throw new UsageError(`${shown} is ${status}; its answers are scored when it has ended`);
  }
  const standing = await standingConfigOf(db, id);
  const anew = overrides === null || scale !== null || judge !== null || standing === null;
  // What is said of scores that stand is said on their scale, whatever a scoring that failed since was to be on.
  const before = anew ? await scoringConfigOf(db, id) : standing;
  const config = configOf(before, scale, judge ? ((await pricedJudges(judge)) ?? judge) : judge);
  if (config === null) {
    throw new UsageError(`${shown} has no scale, so its answers cannot be scored; give one with --scale FILE`);
  }
  if (anew) {
    await refuseScoring(config, await modelsUnderTest(database, id));
  }
  const checked = overrides === null ? [] : await checkOverrides(db, id, config, overrides, NEVER);
  const words = checked.length === 1 ? '1 override' : `${checked.length} overrides`;
  // Known to the queue before the transaction, in which the one connection of an embedded database is taken.
  await createQueues(boss, settings);
  // One of an answer that has come since the answers were scored counts when they are scored with it.
  const report = anew ? 'unscored' : await applyOverrides(database, id, config.scale, checked, NEVER);
  if (report === 'unscored') {
    const answers = await order(database, id, config, checked);
    const with_ = checked.length === 0 ? '' : `, with ${words}`;
    return `${answers} answers of ${shown} are scored anew${with_}, as soon as a handler is at work; see: status`;
  }
  const said = `${words} of ${shown} ${checked.length === 1 ? 'counts' : 'count'}`;
  return report === 'open' ? `${said} when its answers are scored` : [said, ...agreementText(report)].join('\n');
}

function configOf(
  before: ScoringConfig | null,
  file: ScaleFile | null,
  judge: ScoreArguments['judge'],
): ScoringConfig | null {
  const config = { ...before, ...file };
  const { scale } = config;
  if (scale === undefined) {
    return null;
  }
  const { judge: earlier, ...others } = config;
  const judges = judge === null ? earlier : judge;
  return { ...others, scale, ...(judges && { judge: judges }) };
}

async function modelsUnderTest({ db }: Database, runId: string): Promise<string[]> {
  const { config } = await db.selectFrom('runs').select('config').where('id', '=', runId).executeTakeFirstOrThrow();
  return config.models.map(({ modelId }) => modelId);
}

/** @returns how many answers there are. */
async function order({ db }: Database, runId: string, config: ScoringConfig, checked: Checked[]): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const scoringId = await openScoring(trx, runId, config);
    if (scoringId !== null && checked.length > 0) {
      await storeOverrides(trx, scoringId, runId, checked);
    }
    const { answers } = await trx
      .selectFrom('transcripts')
      .select((count) => count.fn.countAll<string>().as('answers'))
      .where('run_id', '=', runId)
      .where('superseded_at', 'is', null)
      .executeTakeFirstOrThrow();
    return Number(answers);
  });
}
