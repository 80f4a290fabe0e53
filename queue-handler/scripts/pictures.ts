/**
 * The pictures of README.md: a run against the simulator, from its template to its analysis, and four pages of `queue view`
 * on it, as a browser shows them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { ROOT } from '../src/checkout.js';
import type { RunFile } from '../src/documents/documents.js';
import { chromiumPath } from '../support/chromium.js';
import { Simulator } from '../support/simulator.js';
import { smaller } from './png.js';

const HERE = fileURLToPath(new URL('queue-handler/', ROOT));
const OUT = fileURLToPath(new URL('docs/pictures/', ROOT));
const [WIDTH, HEIGHT] = [1400, 820];
const MOST_BYTES = 150_000;
// Without a sandbox, since a browser has none for root; letters in shades of grey make a smaller file.
const BROWSER = ['--no-sandbox', '--disable-lcd-text', '--force-color-profile=srgb'];
const RUN = 'lifeboat';

/** How each provider's model says what it decides, at first and when it is asked once more. */
const MANNERS: Record<string, [first: string, more: string]> = {
  openai: ['alone', 'alone'],
  anthropic: ['reason', 'reason'],
  google: ['prose', 'prose'],
  xai: ['conceded', 'conceded'],
  deepseek: ['reason', 'both'],
  mistral: ['refusal', 'marked'],
};

const executablePath = chromiumPath();
if (executablePath === null) {
  process.stderr.write('the pictures need a browser (Debian: apt-get install chromium)\n');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'queue-pictures-'));
const simulator = await Simulator.start('--latency', '0.05');
try {
  queue(0, 'start', runFile());
  queue(0, 'work', '--until-idle');
  // The third sample of each comes out otherwise here and there, as samples do.
  queue(1, 'extend', RUN, '--samples', '3');
  queue(1, 'work', '--until-idle');
  await takePictures(executablePath);
} finally {
  await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The example, asked of the six models of the other one; what comes from a cache has a price, too. */
function runFile(): string {
  const path = join(folder, 'run.json');
  const models = example('dilemmas').models.map((model) =>
    typeof model === 'string' || !model.modelCost
      ? model
      : {
          ...model,
          modelCost: { ...model.modelCost, costCachedInputPerMillion: model.modelCost.costInputPerMillion / 10 },
        },
  );
  writeFileSync(path, JSON.stringify({ ...example('lifeboat'), models, samples: 2 }));
  return path;
}

function example(name: string): RunFile {
  return JSON.parse(readFileSync(join(HERE, 'examples', `${name}.json`), 'utf8'));
}

/** What the simulator is to do stands in its addresses, so that prompts and models look as they would with providers. */
function environment(round: 0 | 1): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const { scale } = example('lifeboat');
  const labels = scale?.kind === 'labels' ? scale.labels.map(({ label }) => label) : [];
  const choices = round === 0 ? labels : [...labels.slice(0, -2), ...labels.slice(-2).reverse()];
  const addresses = Object.entries(simulator.env).map(([name, value]) => {
    const [provider, manners] = Object.entries(MANNERS).find(([one]) => value.includes(`/${one}`)) ?? [];
    const told = `decide=${encodeURIComponent(choices.join('|'))},decide-as=${manners?.[round]}`;
    return [name, provider === undefined ? value : value.replace(`/${provider}`, `/${provider}~${told}`)];
  });
  return {
    ...inherited,
    ...Object.fromEntries(addresses),
    QUEUE_DATA: join(folder, 'data'),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
  };
}

function queue(round: 0 | 1, ...args: string[]): void {
  const done = spawnSync(join(HERE, 'queue'), args, {
    cwd: HERE,
    env: environment(round),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (done.status !== 0) {
    throw new Error(`queue ${args[0]} ended with status ${done.status}`);
  }
}

async function takePictures(browserPath: string): Promise<void> {
  const viewer = spawn(join(HERE, 'queue'), ['view', RUN, '--port', '0'], {
    cwd: HERE,
    env: environment(0),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(viewer, 'exit');
  const browser = await chromium.launch({ executablePath: browserPath, args: BROWSER });
  try {
    const [address] = (await once(createInterface(viewer.stdout), 'line')) as [string];
    const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, colorScheme: 'light' });
    mkdirSync(OUT, { recursive: true });
    await page.goto(address);
    await picture(page, 'matrix', '.matrix tbody tr');
    await page.goto(`${page.url()}/side`);
    await picture(page, 'side-by-side', '.side .turn.answer');
    await page.goBack();
    await page.locator('.matrix tbody a.sample').nth(3).click();
    await picture(page, 'conversation', '.conversation .others .sample');
    await page.goBack();
    await page.locator('.actions a', { hasText: 'Analysis' }).click();
    await picture(page, 'analysis', '.chart');
  } finally {
    await browser.close();
    viewer.kill('SIGTERM');
    await ended;
  }
}

/** @throws Error where the picture is larger than a README should load. */
async function picture(page: Page, name: string, shown: string): Promise<void> {
  await page.locator(shown).first().waitFor();
  const path = join(OUT, `${name}.png`);
  const png = smaller(await page.screenshot({ animations: 'disabled', caret: 'hide' }));
  if (png.length > MOST_BYTES) {
    throw new Error(`${path} would have ${png.length} bytes; more than ${MOST_BYTES} are too many`);
  }
  writeFileSync(path, png);
  process.stdout.write(`${path}\n`);
}
