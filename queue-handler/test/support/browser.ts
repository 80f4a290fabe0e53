/** A browser that shows a page as people meet it: wide and narrow, light and dark, by keyboard, on paper. */
import { after, test } from 'node:test';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumPath } from '../../support/chromium.js';

export interface Finding {
  rule: string;
  /** Where, as a selector of CSS. */
  where: string;
  why: string;
}

export interface Screen {
  width?: number;
  scheme?: 'light' | 'dark';
}

export type Open = (url: string, screen?: Screen) => Promise<Page>;

export interface Screens {
  /** Why a test with a browser is skipped, or false. */
  skip: string | false;
  /** A test with a browser, which is started for the first of them; without one it is skipped, and says so. */
  onBrowser(name: string, body: (open: Open) => Promise<void>): void;
  /** The same within a test. */
  looking(body: (open: Open) => Promise<void>): Promise<void>;
}

const PATIENCE_MILLISECONDS = 300_000;

/** Set up a test file that looks at pages. */
export function screens(): Screens {
  const path = chromiumPath();
  let browser: Promise<Browser> | null = null;
  after(async () => (await browser)?.close());
  const made: Screens = {
    skip: path === null && 'no browser is installed (Debian: apt-get install chromium)',
    onBrowser: (name, body) => {
      test(name, { skip: made.skip }, () => made.looking(body));
    },
    async looking(body) {
      // Without a sandbox, since a browser has none for root; it shows nothing but pages of our own.
      browser ??= chromium.launch({ executablePath: path ?? '', args: ['--no-sandbox'], timeout: 0 });
      const running = await browser;
      const contexts = new Set<{ close(): Promise<void> }>();
      try {
        await body(async (url, { width = 1400, scheme = 'light' } = {}) => {
          const context = await running.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
          contexts.add(context);
          // A machine may be slow; of what never comes it is said what it was.
          context.setDefaultTimeout(PATIENCE_MILLISECONDS);
          const page = await context.newPage();
          await page.goto(url);
          return page;
        });
      } finally {
        await Promise.all([...contexts].map((context) => context.close()));
      }
    },
  };
  return made;
}

/** What axe-core finds wrong with a page. @param rules those that are asked; all that it has where they are left out. */
export async function findings(page: Page, rules?: string[]): Promise<Finding[]> {
  await page.evaluate(axe.source);
  const options = JSON.stringify({ resultTypes: ['violations'], ...(rules && { runOnly: rules }) });
  const { violations } = (await page.evaluate(`axe.run(document, ${options})`)) as axe.AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => ({ rule: id, where: String(target), why: failureSummary ?? '' })),
  );
}
