/** The pages of `queue view` in a browser: what they show, where they lead, by mouse and by key, and to whom they are legible. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import type { Page } from 'playwright-core';
import { ViewDatabase } from '../src/commands/view-database.js';
import { exportFolder } from '../src/viewer/export/write.js';
import { serveViewer, type Viewer } from '../src/viewer/server.js';
import { fillMany } from '../support/many.js';
import { findings, type Open, screens } from './support/browser.js';
import { bench, type Rig, until } from './support/rig.js';
import { HOSTILE, LONG, RTL, STUDY, study } from './support/study.js';

const made = bench();
const { onEmbedded, onServer } = made;
const { skip, looking } = screens();

/** At 700 pixels a page is what it is at 1400 and 200 %. */
const SCREENS = [
  { width: 1400, scheme: 'dark' },
  { width: 700, scheme: 'light' },
  { width: 390, scheme: 'light' },
] as const;

// viewer.test.ts sees that the pages are told the same by both databases; of a run that goes on they can tell on a server.
const READING = 'a run is read from its matrix to a single answer, and back';
const FOLLOWING = 'a run that goes on is followed';
if (skip) {
  test(READING, { skip }, () => {});
  test(FOLLOWING, { skip }, () => {});
} else {
  onEmbedded(READING, () => looking(reads));
  onServer(FOLLOWING, () => made.withRig('PostgreSQL', (rig) => looking((open) => follows(rig, open))));
}

async function reads(open: Open): Promise<void> {
  const rig = await made.rig('PGlite');
  const run = await study(rig);
  const many = await fillMany(rig.database.db, { scenarios: 400, models: 1, samples: 1 });
  await nameBadly(rig, many);
  await rig.close();
  await viewed(rig, open, async (page, viewer, database) => {
    const seen = watch(page, viewer);
    await readsMatrix(page, run);
    await readsConversation(page, run);
    await readsOthers(page, run);
    assert.deepEqual(seen(), []);
    await scrolls(page, many);
    await isLegible(open, viewer, run, many);
    assert.deepEqual(seen(), []);
    const folder = join(made.folder(), 'exported');
    await readsExport(open, await exportFolder(database, { folder, runs: [STUDY.name], redact: false }), run);
  });
}

async function follows(rig: Rig, open: Open): Promise<void> {
  await viewed(rig, open, async (page, viewer) => {
    const seen = watch(page, viewer);
    await followsLive(page, rig);
    assert.deepEqual(seen(), []);
  });
}

/** Do something at the first page. */
async function viewed(
  rig: Rig,
  open: Open,
  body: (page: Page, viewer: Viewer, database: ViewDatabase) => Promise<void>,
): Promise<void> {
  const database = new ViewDatabase(rig.settings);
  const viewer = await serveViewer(database, 0);
  try {
    await body(await open(viewer.address), viewer, database);
  } finally {
    await viewer.close();
    await database.close();
  }
}

/** What no page may do: run a stranger's script, ask another host, break. */
function watch(page: Page, { port }: Viewer): () => string[] {
  const seen: string[] = [];
  page.on('dialog', (dialog) => {
    seen.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => seen.push(error.message));
  page.on('console', (message) => message.type() === 'error' && seen.push(message.text()));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== `127.0.0.1:${port}`) {
      seen.push(request.url());
    }
  });
  return () => seen;
}

const rows = (page: Page) => page.locator('.matrix tbody tr');

/** Wait until so many scenarios are shown, by the number that the page itself says. */
async function shows(page: Page, scenarios: number): Promise<void> {
  await page.getByText(new RegExp(`conversations? in ${scenarios} scenarios?$`)).waitFor();
  assert.equal(await rows(page).count(), scenarios);
}

async function readsMatrix(page: Page, run: string): Promise<void> {
  await page.getByRole('link', { name: STUDY.name }).click();
  await shows(page, 7);
  assert.equal(new URL(page.url()).hash, `#/run/${run}`, 'and the token is in the address no more');
  assert.equal(await page.title(), STUDY.name);
  for (const name of [HOSTILE, RTL, LONG]) {
    assert.equal(await page.locator('.matrix').getByRole('link', { name, exact: true }).count(), 1, name);
  }
  // A cause of failures leads to what failed; back leads to all.
  await page.getByRole('link', { name: 'VALIDATION_ERROR 4' }).click();
  await shows(page, 1);
  assert.deepEqual(await page.locator('.matrix .sample.failed').count(), 4);
  await page.goBack();
  await shows(page, 7);
  // A filter, and a search by key; both stand in the address, which a reload keeps.
  await page.getByRole('checkbox', { name: /^claude-sonnet-5/ }).check();
  await page.locator('.matrix thead th').nth(2).waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('/');
  await page.keyboard.type('PERHAPS disagree');
  await page.keyboard.press('Enter');
  await shows(page, 1);
  assert.match(page.url(), /model=claude-sonnet-5&q=PERHAPS\+disagree$/);
  await page.reload();
  await shows(page, 1);
  assert.equal(await page.getByRole('searchbox').inputValue(), 'PERHAPS disagree');
  await page.getByRole('button', { name: /Remove the filter Text/ }).click();
  await shows(page, 7);
  await page.getByRole('button', { name: 'Remove all' }).click();
  await page.locator('.matrix thead th').nth(2).waitFor();
  // From cell to cell by key, and into a conversation.
  const samples = page.locator('.matrix tbody a.sample');
  await samples.first().focus();
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowRight']) {
    await page.keyboard.press(key);
  }
  assert.equal(await page.evaluate('document.activeElement.textContent'), await samples.nth(6).textContent());
  await page.keyboard.press('Enter');
  await page.getByText('7 of 28').waitFor();
}

async function readsConversation(page: Page, run: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: 'markdown' }).waitFor();
  // Markdown is shown, and nothing of it acts.
  const answer = page.locator('.turn.answer .markdown');
  assert.deepEqual(
    [
      await answer.locator('mark').textContent(),
      await answer.locator('table').count(),
      await answer.locator('img, script').count(),
    ],
    ['Disagree', 1, 0],
  );
  assert.ok((await answer.textContent())?.includes('<script>document.title = "taken"</script>'));
  const links = answer.getByRole('link');
  assert.deepEqual(
    [await links.allTextContents(), await links.first().getAttribute('rel')],
    [['another', 'a picture'], 'noopener noreferrer nofollow'],
  );
  await page.keyboard.press('m');
  await page.locator('.turn.answer .plain').waitFor();
  assert.ok((await page.locator('.turn.answer .plain').textContent())?.includes('[a link](javascript:alert(1))'));
  await page.keyboard.press('j');
  await page.getByText('8 of 28').waitFor();
  await overrides(page);
  // A conversation that failed says why.
  await page.goto(`${page.url().split('#')[0]}#/run/${run}/conversation?scenario=broken&model=gpt-4o`);
  await page.getByRole('heading', { name: 'It failed: VALIDATION_ERROR' }).waitFor();
}

/** A person's word takes a reason and a name, and what it replaced stays in sight. */
async function overrides(page: Page): Promise<void> {
  // A quick hand goes back and wants to score before the conversation has come.
  const held = Promise.withResolvers<void>();
  await page.route('**/api/conversation?*', async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.keyboard.press('k');
  await page.getByText('7 of 28').waitFor();
  await page.keyboard.press('o');
  held.resolve();
  await page.getByRole('heading', { level: 1, name: 'markdown' }).waitFor();
  await page.unroute('**/api/conversation?*');
  const score = page.getByLabel('It comes to');
  await until(async () => (await page.evaluate('document.activeElement.name')) === 'score', 'the field of the score');
  await score.selectOption({ label: '1 · Disagree' });
  await page.getByRole('button', { name: 'Let it count' }).click();
  assert.equal(await page.locator('.override :invalid:not(form)').count(), 2, 'reason and name are wanted');
  await page.getByLabel('Because').fill(`it is ${HOSTILE}`);
  await page.getByLabel('Your name').fill(RTL);
  await page.getByRole('button', { name: 'Let it count' }).click();
  await page.getByText('manual', { exact: true }).waitFor();
  const card = await page.locator('.card', { hasText: 'said by' }).textContent();
  for (const words of [`it is ${HOSTILE}`, RTL, 'before that5 (exact)']) {
    assert.ok(card?.includes(words), `${words} in ${card}`);
  }
}

/** Side by side, the analysis and two runs. */
async function readsOthers(page: Page, run: string): Promise<void> {
  const origin = page.url().split('#')[0];
  await page.goto(`${origin}#/run/${run}/conversation?scenario=plain&model=gpt-4o`);
  await page.getByText('1 of 28').waitFor();
  await page.keyboard.press('s');
  await page.getByText('scenario 1 of 1').waitFor();
  await page.locator('.side thead th').nth(1).waitFor();
  assert.equal(await page.locator('.side .turn.answer').count(), 4, 'two models, two turns');
  await page.goto(`${origin}#/run/${run}/side`);
  await page.getByText('scenario 1 of 7').waitFor();
  await page.keyboard.press(']');
  await page.getByText('scenario 2 of 7').waitFor();
  await page.keyboard.press('u');
  await shows(page, 7);
  // Each figure of the analysis leads to the conversations that it counts.
  await page.getByRole('link', { name: 'Analysis' }).click();
  await page.getByRole('heading', { name: 'What it took' }).waitFor();
  await page.getByRole('link', { name: 'Usage' }).click();
  assert.match(page.url(), /analysis\?part=usage$/);
  const usage = page.getByRole('group', { name: 'Usage' }).locator('tbody tr').nth(1).getByRole('link');
  assert.deepEqual(await usage.allTextContents(), ['gpt-4o', '12', '2', '17 %', '17 %', 'gpt-4o-2024-08-06']);
  await usage.nth(2).click();
  await page.getByText('2 conversations in 1 scenario').waitFor();
  assert.match(page.url(), /model=gpt-4o&state=FAILED$/);
  await page.goBack();
  await page.getByRole('group', { name: 'Means' }).locator('.bars a').first().click();
  await page.getByText(/^\d+ conversations? in/).waitFor();
  assert.match(page.url(), /model=.*&score=\d$/);
  await page.goto(`${origin}#/versus?run=${run}&against=${run}`);
  await page.getByText('12 scenarios of a model stand in both.').waitFor();
  await page.goto(`${origin}#/somewhere`);
  await page.getByText('There is no page of this address.').waitFor();
}

/** While a run goes on its page says how far it is, and what is looked at stays where it is. */
async function followsLive(page: Page, rig: Rig): Promise<void> {
  const run = await rig.start({ name: 'live' });
  await page.goto(`${page.url().split('#')[0]}#/run/${run}`);
  await page.getByText('0 of 1', { exact: true }).waitFor();
  const sample = page.locator('.matrix a.sample.pending');
  await sample.focus();
  await page.evaluate('document.activeElement.dataset.seen = "before"');
  await rig.finish(run);
  await page.getByText('1 of 1', { exact: true }).waitFor();
  await page.locator('.matrix a.sample.none').waitFor();
  assert.equal(await page.evaluate('document.activeElement.dataset.seen'), 'before');
}

/** As another program could have written them: longer than a run's file may say, and hostile. */
const MONSTER = `${HOSTILE} ${RTL} ${'wordswithoutaplacetobreakthem'.repeat(80)}`.slice(0, 2_000);

async function nameBadly({ database: { db } }: Rig, run: string): Promise<void> {
  await sql`UPDATE runs SET name = ${MONSTER}, config = replace(config::text, '"model-0"', ${JSON.stringify(MONSTER)})::jsonb
    WHERE id = ${run}`.execute(db);
  await sql`UPDATE scenarios SET content = jsonb_set(jsonb_set(content, '{name}', to_jsonb(${MONSTER}::text)), '{dimensions}',
    jsonb_build_object(${MONSTER}::text, ${MONSTER}::text)) WHERE key = 'scenario-1'`.execute(db);
  await sql`UPDATE probe_results SET model_id = ${MONSTER} WHERE run_id = ${run}`.execute(db);
  await sql`UPDATE transcripts SET model_id = ${MONSTER} WHERE run_id = ${run}`.execute(db);
}

/** Of a long run those rows are there that are looked at; a reload and the way back keep the place. */
async function scrolls(page: Page, run: string): Promise<void> {
  await page.goto(`${page.url().split('#')[0]}#/run/${run}`);
  await page.getByText('400 scenarios').waitFor();
  assert.equal(await rows(page).count(), 101, 'a hundred rows, and one that keeps the place of the others');
  assert.match((await page.locator('.matrix .on-paper').textContent()) ?? '', /^Scenarios 1 to 100 of 400[.]/);
  const sample = page.locator('.matrix tbody tr', { hasText: 'Scenario 301' }).locator('a.sample');
  await page.evaluate('{ const box = document.querySelector(".matrix"); box.scrollTop = box.scrollHeight * 3 / 4; }');
  await page.waitForURL(/from=(29|30|31)\d$/);
  const address = page.url();
  await sample.focus();
  await page.reload();
  await sample.waitFor();
  await sample.click();
  await page.getByRole('heading', { level: 1, name: 'Scenario 301' }).waitFor();
  await page.goBack();
  await sample.waitFor();
  assert.equal(page.url(), address);
  assert.ok(Number(await page.evaluate('document.querySelector(".matrix").scrollTop')) > 0);
  // What was so far down is no more: its last rows are shown.
  await page.goto(address.replace(/from=\d+/, 'from=4000'));
  await page.reload();
  await page.locator('.matrix tbody tr', { hasText: 'Scenario 400' }).waitFor();
}

/** Wide and narrow, light and dark, and at 200 %: axe-core finds nothing, and no page is wider than its window. */
async function isLegible(open: Open, viewer: Viewer, run: string, many: string): Promise<void> {
  const of = `#/run/${run}`;
  const badly = new URLSearchParams({ scenario: 'scenario-1', model: MONSTER });
  const pages: [address: string, shown: string][] = [
    ['#/', '.run'],
    [of, '.matrix .sample'],
    [`${of}?code=VALIDATION_ERROR&q=nothing`, '.nothing'],
    [`${of}/conversation?scenario=markdown&model=gpt-4o`, '.others .sample'],
    [`${of}/conversation?scenario=broken&model=gpt-4o`, '.failure'],
    [`${of}/side?scenario=both&all=1`, '.side .turn'],
    [`${of}/analysis`, '.part'],
    [`#/versus?run=${run}&against=${run}`, 'tbody tr'],
    [`#/run/${many}`, '.matrix .sample'],
    [`#/run/${many}/conversation?${badly}`, '.turn.answer'],
    [`#/run/${many}/side?${badly}`, '.side .turn'],
  ];
  for (const screen of SCREENS) {
    const page = await open(viewer.address, screen);
    await page.locator('.run').first().waitFor();
    for (const [address, shown] of pages) {
      await page.goto(`http://127.0.0.1:${viewer.port}/${address}`);
      await page.locator(shown).first().waitFor();
      await page.locator('.stale, .waiting').first().waitFor({ state: 'detached' });
      const name = `${address} at ${screen.width}, ${screen.scheme}`;
      // At 200 % it is the narrow page in other letters.
      assert.deepEqual(screen.width === 700 ? [] : await findings(page), [], name);
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      assert.ok(Number(over) <= 0, `${name} is ${over} pixels too wide`);
    }
    // On paper nothing is left to press, and what was said is whole.
    await page.emulateMedia({ media: 'print' });
    await page.goto(`http://127.0.0.1:${viewer.port}/${of}/conversation?scenario=markdown&model=gpt-4o`);
    await page.locator('.turn.answer').waitFor();
    assert.deepEqual(
      [await page.locator('button:visible, nav:visible').count(), await page.locator('.turn.prompt').isVisible()],
      [0, true],
    );
  }
}

/** The same pages from the disk, as a double click opens them. */
async function readsExport(open: Open, index: string, run: string): Promise<void> {
  const page = await open(pathToFileURL(index).href);
  await page.getByRole('link', { name: STUDY.name }).click();
  await shows(page, 7);
  await page.getByRole('searchbox').fill('PERHAPS disagree');
  await page.keyboard.press('Enter');
  await shows(page, 1);
  await page.locator('.matrix a.sample').first().click();
  await page.getByText('1 of 4 in the filtered list').waitFor();
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), LONG);
  assert.equal(await page.locator('.override').count(), 0, 'nothing can be changed in it');
  await page.goto(`${pathToFileURL(index).href}#/run/${run}/analysis`);
  await page.getByRole('heading', { name: 'What it took' }).waitFor();
}
