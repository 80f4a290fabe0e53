/** The report of a run, looked at in a browser. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pageOf } from '../src/analysis/page.js';
import { findings, screens } from './support/browser.js';

const { onBrowser } = screens();

const HOSTILE = '<script>alert(1)</script>"\'&<img src=http://127.0.0.1:1/ onerror=alert(2)>';
const HEBREW = 'מודל השפה של ירושלים';
const THREE = [HOSTILE, HEBREW, 'x'.repeat(300)];
const TEN = [...THREE, ...Array.from({ length: 7 }, (_, place) => `model-${place}`)];
const SCENARIOS = 8;
const MOST_SHEETS = 7;

const folder = mkdtempSync(join(tmpdir(), 'queue-page-'));
let made: Promise<string> | null = null;
const three = (): Promise<string> => {
  made ??= pageFor('three.html', THREE);
  return made;
};
after(() => rmSync(folder, { recursive: true, force: true }));

/** The page of a run of these models. @returns where it is. */
async function pageFor(name: string, models: string[]): Promise<string> {
  const path = join(folder, name);
  let page = '';
  for await (const text of pageOf(job(models), {})) {
    page += text;
  }
  writeFileSync(path, page);
  return pathToFileURL(path).href;
}

/** A run that has something in every part of the page: pairs in two orders, refusals, a failure, several turns. */
async function* job(models: string[]): AsyncGenerator<string> {
  const transcripts = models.flatMap((model, row) =>
    Array.from({ length: SCENARIOS }, (_, place) => item(model, row, place)),
  );
  yield JSON.stringify({ runId: 'r', name: HOSTILE, transcripts });
}

function item(modelId: string, row: number, place: number): object {
  const probe = { modelId, scenarioId: `s${place}`, sampleIndex: 0 };
  if (row === 2 && place === 3) {
    return { ...probe, error: { code: 'TIMEOUT' } };
  }
  const isRefused = row === 1 && place < 2;
  const turn = {
    probePrompt: `Is it right to lie in case ${place}? ${HOSTILE}`,
    targetResponse: `${place % 2 ? 'כן, זה נכון.' : 'No.'} ${HOSTILE} ${'w'.repeat(2_000)}`,
    inputTokens: 10,
    outputTokens: 20,
    providerMetadata: { modelVersion: 'v1', finishReason: isRefused ? 'refusal' : 'stop' },
  };
  const score = isRefused ? null : 1 + ((place + row + (place % 2) * (row % 3)) % 5);
  return {
    ...probe,
    id: `${row}-${place}`,
    durationMs: 1_000 + row,
    costSnapshot: { totalCost: 0.001 },
    summary: { score, turnedBack: true },
    content: {
      turns: [
        { ...turn, score },
        { ...turn, score: 3 },
      ],
    },
    scenario: {
      name: `${HOSTILE} ${place}`,
      dimensions: { [HEBREW]: place % 2 ? 'high' : 'low', stake: place % 3 },
      pair: `p${place >> 1}`,
      orientation: place % 2 ? 'flipped' : 'normal',
    },
  };
}

onBrowser('axe-core finds nothing on it, and nothing of it is wider than the window', async (open) => {
  for (const width of [1400, 390]) {
    const page = await open(await three(), { width });
    await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
    assert.deepEqual(await findings(page), [], `${width}`);
    assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width, `${width}`);
    // Nothing but the colours is other in the dark.
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await findings(page, ['color-contrast']), [], `${width}, dark`);
  }
});

onBrowser('a keyboard reaches all of it, and shows where it is', async (open) => {
  const page = await open(await three());
  const reached = new Map<string, number>();
  for (;;) {
    await page.keyboard.press('Tab');
    const at = (await page.evaluate(`(() => {
      const { tagName, className } = document.activeElement;
      const { outlineStyle } = getComputedStyle(document.activeElement);
      return { tag: tagName, kind: className, outline: outlineStyle };
    })()`)) as { tag: string; kind: string; outline: string };
    if (at.tag === 'BODY') {
      break;
    }
    assert.notEqual(at.outline, 'none', `${at.tag} ${at.kind}`);
    assert.ok(reached.size > 0 || at.kind === 'skip', 'the first leads past the rest');
    reached.set(at.tag, (reached.get(at.tag) ?? 0) + 1);
    if (at.tag === 'SUMMARY') {
      await page.keyboard.press('Enter');
    }
  }
  // What was folded is open now, and all that was in it was reached, too.
  assert.equal(reached.get('SUMMARY'), await page.evaluate('document.querySelectorAll("details[open]").length'));
  assert.equal(reached.get('SUMMARY'), await page.evaluate('document.querySelectorAll("summary").length'));
  assert.equal(reached.get('DIV'), await page.evaluate('document.querySelectorAll(".scroll").length'));
});

onBrowser('a model leads to its answer, and nothing in it is run', async (open) => {
  const page = await open(await three());
  const said: string[] = [];
  page.on('request', (request) => said.push(request.url()));
  page.on('console', (message) => said.push(message.text()));
  page.on('dialog', (dialog) => said.push(dialog.message()));
  await page.reload();
  const url = page.url();
  assert.equal(await page.title(), HOSTILE);
  const link = page.locator('td a').first();
  await link.click();
  const target = page.locator((await link.getAttribute('href')) ?? '');
  assert.ok(await target.isVisible());
  assert.match((await target.textContent()) ?? '', /transcript \d-\d.*<script>alert\(1\)<\/script>/s);
  assert.deepEqual(
    said.filter((text) => text.replace(/#.*/, '') !== url),
    [],
  );
});

onBrowser('ten models fit on a few sheets', async (open) => {
  const page = await open(await pageFor('ten.html', TEN));
  const sheets = (await page.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type \/Page\b(?!s)/g);
  assert.ok(sheets !== null && sheets.length <= MOST_SHEETS, `${sheets?.length} sheets`);
});
