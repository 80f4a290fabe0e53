/**
 * Test files in few modules: to find and load the six hundred of the handler and its packages takes a file three times as
 * long as to load the forty that these become.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** Each module finds its files from where it was compiled to, wherever it is now. */
const inPlace: Plugin = {
  name: 'in place',
  setup({ onLoad }) {
    onLoad({ filter: /\.m?js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      return text.includes('import.meta.url')
        ? { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'js' }
        : undefined;
    });
  },
};

/** @param folder gets a module of the same name for each of the files, and what they share; their packages are found from there. */
export async function bundle(files: string[], folder: string): Promise<void> {
  await build({
    entryPoints: files,
    outdir: folder,
    bundle: true,
    splitting: true,
    plugins: [inPlace],
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // What reads files that lie beside it, or is a program of its own; the second is where `pg` looks for another driver.
    external: ['@electric-sql/pglite', 'pg-native', 'axe-core', 'esbuild', 'playwright-core', 'typescript'],
    keepNames: true,
    banner: { js: "import { createRequire as bundled } from 'node:module'; const require = bundled(import.meta.url);" },
    logLevel: 'warning',
  });
}
