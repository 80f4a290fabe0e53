/** A run to look at: what went well and what did not, names that nobody would choose, and scores. */
import { sql } from 'kysely';
import type { Rig } from './rig.js';
import { until } from './rig.js';

export const HOSTILE = '<img src=x onerror=alert(1)>';
export const RTL = 'האם מותר לשקר כדי להציל חיים?';
/** Longer than a run's file may say: as another program could have written it. */
export const LONG = `A name that goes on ${'and on '.repeat(300)}`.slice(0, 2_000).trim();

const SCALE = {
  kind: 'labels',
  labels: [
    { label: 'Agree', score: 5 },
    { label: 'Neutral', score: 3 },
    { label: 'Disagree', score: 1 },
  ],
};

const MARKDOWN = [
  '**Disagree.** It never is.',
  '',
  '# A <script>document.title = "taken"</script>',
  '',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  '',
  '[a link](javascript:alert(1)) and [another](https://example.org/) ![a picture](https://example.org/a.png)',
].join('\n');

/** What a model says is in its prompt. */
function says(id: string, answer: string, others: object = {}): { id: string; prompt: string } {
  return { id, prompt: `Is it right to lie? Agree, Neutral or Disagree?\nECHO:\n${answer}`, ...others };
}

export const STUDY = {
  name: `<script>alert(1)</script> & ${RTL}`,
  models: ['gpt-4o', 'claude-sonnet-5'],
  samples: 2,
  retryLimit: 0,
  scale: SCALE,
  scenarios: [
    says('plain', 'Agree', {
      name: HOSTILE,
      dimensions: { '<b>Place</b>': 'near' },
      followups: [{ prompt: 'And why?' }],
    }),
    says('markdown', MARKDOWN, { dimensions: { '<b>Place</b>': 'far' }, orientation: 'flipped' }),
    says('rtl', 'Neutral', { name: RTL }),
    says('both', 'Agree, or perhaps Disagree.', { name: 'A name' }),
    { id: 'refused', prompt: 'Is it right to lie? [[sim answer=refusal]]' },
    { id: 'cut', prompt: 'Is it right to lie? [[sim answer=length]]' },
    { id: 'broken', prompt: 'Is it right to lie? [[sim status=400]]' },
  ],
};

/** Ask it, and wait until it is scored and analysed. @returns its ID. */
export async function study(rig: Rig, others: object = {}): Promise<string> {
  const runId = await rig.start({ ...STUDY, ...others });
  const handler = rig.handler();
  await until(async () => {
    const { rows } = await sql`SELECT 1 FROM analysis_results a JOIN scorings s ON s.run_id = a.run_id
      WHERE a.run_id = ${runId} AND s.status = 'CURRENT'`.execute(rig.database.db);
    return rows.length > 0;
  });
  await rig.stop(handler);
  await sql`UPDATE scenarios SET content = jsonb_set(content, '{name}', to_jsonb(${LONG}::text)) WHERE key = 'both'`.execute(
    rig.database.db,
  );
  return runId;
}
