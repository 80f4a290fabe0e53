/** `spend` and `budget`: what was spent, and how much may be. */
import type { Database } from '../database/connect.js';
import { UsageError } from '../errors.js';
import { setBudget } from '../money/open.js';
import { loadProbes } from '../queue/probe.js';
import { findRun } from '../runs/find.js';
import { factsOf } from '../runs/served.js';
import { type SpentBy, spentBy } from '../runs/spend.js';
import { terminalJson, terminalText } from '../terminal-text.js';
import { spendText } from '../view/spending-text.js';
import { resolveModels } from '../workers/resolve.js';

export interface SpendArguments {
  by: SpentBy;
  json: boolean;
}

export interface BudgetArguments {
  run: string;
  /** Null takes the bound away. */
  usd: number | null;
}

export async function spendReport({ db }: Database, { by, json }: SpendArguments): Promise<string> {
  const rows = await spentBy(db, by);
  return json ? terminalJson(JSON.stringify(rows)) : spendText(by, rows);
}

/** @throws UsageError where the run has ended, or a model of it has no price. */
export async function changeBudget({ db }: Database, { run, usd }: BudgetArguments): Promise<string> {
  const { id, name, status } = await findRun(db, run);
  if (status === 'CANCELLED') {
    throw new UsageError(`${terminalText(name)} was cancelled, for good; nothing of it is asked any more`);
  }
  const { goesOn } = await setBudget(db, id, usd, {
    load: loadProbes,
    facts: async (models) => {
      const resolved = await resolveModels(models);
      return models.map((model, index) => ({ ...model, ...factsOf(model, resolved[index]) }));
    },
  });
  const bound = usd === null ? 'has no bound any more' : `may cost ${usd} dollars altogether`;
  return `${terminalText(name)} ${bound}${goesOn ? ', and goes on' : ''}`;
}
