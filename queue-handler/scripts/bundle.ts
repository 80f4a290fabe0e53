/**
 * The command line in few files: a command lives for a second, and to find and load the six hundred modules of its packages costs
 * it 0.2 s of the processor, three times what these cost. Part of `npm run build`; the tests' own processes load the modules.
 */
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Node's own modules by a call: an import of `node:http` reads each of its exports, and one of these loads a client of HTTP that
 * nobody here uses (15 ms of each command).
 */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
      loader: 'js',
    }));
  },
};

/** What measures text beyond ASCII, and compiles all emoji into a pattern to do so, begins with the first such text (17 ms of a command). */
const lazily: Plugin = {
  name: 'lazily',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ path, kind }) =>
      kind === 'require-call' ? undefined : { path, namespace: 'lazily' },
    );
    onLoad({ filter: /.*/, namespace: 'lazily' }, ({ path }) => ({
      contents: `export default (...given) => require(${JSON.stringify(path)}).default(...given)`,
      resolveDir: here('.'),
    }));
  },
};

await build({
  entryPoints: [here('../src/cli.js'), here('../src/database/embedded-thread.js')],
  // Beside each other, and as deep as `src`: both find their files from where they lie.
  outdir: here('../bin'),
  entryNames: '[name]',
  bundle: true,
  // What only some commands need lies in files of its own, which the others do not read.
  splitting: true,
  plugins: [builtins, lazily],
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // The first reads files that lie beside it; the second is a driver that `pg` tries where it is installed.
  external: ['@electric-sql/pglite', 'pg-native'],
  // A third less to read in each command.
  minifyWhitespace: true,
  minifySyntax: true,
  // Errors are told apart, and logged, by the names of their classes.
  keepNames: true,
  sourcemap: true,
  // Packages of the older kind call `require`.
  banner: { js: "import { createRequire as bundled } from 'node:module'; const require = bundled(import.meta.url);" },
  logLevel: 'warning',
});
