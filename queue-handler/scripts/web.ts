/** Builds the application of `queue view`: one script and one style sheet, which a page on the disk can load as well. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const WEB = new URL('../../web/', import.meta.url);
const OUT = new URL('../web/', import.meta.url);

mkdirSync(OUT, { recursive: true });
await build({
  entryPoints: { app: fileURLToPath(new URL('src/main.tsx', WEB)) },
  outdir: fileURLToPath(OUT),
  tsconfig: fileURLToPath(new URL('tsconfig.json', WEB)),
  bundle: true,
  minify: true,
  // No module: a browser loads none from the disk.
  format: 'iife',
  target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
  charset: 'utf8',
  legalComments: 'linked',
  logLevel: 'warning',
});
for (const name of ['index.html', 'icon.svg']) {
  copyFileSync(new URL(name, WEB), new URL(name, OUT));
}
