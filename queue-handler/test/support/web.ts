/** The parts of `queue view` that are there without a browser: built as for one, and loaded into this process. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const WEB = fileURLToPath(new URL('../../../web/', import.meta.url));

/** @param names of modules below `web/src`. @returns what each exports; the application's types are not those of Node. */
// biome-ignore lint/suspicious/noExplicitAny: what a browser has is unknown to the compiler here
export async function webParts(...names: string[]): Promise<Record<string, any>> {
  const lines = names.map((name, index) => `import * as m${index} from './src/${name}'; export { m${index} };`);
  const { outputFiles } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: WEB },
    tsconfig: `${WEB}tsconfig.json`,
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'warning',
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const modules = await import(`data:text/javascript;base64,${code}`);
  return Object.fromEntries(names.map((name, index) => [name, modules[`m${index}`]]));
}
