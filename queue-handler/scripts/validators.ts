/**
 * Writes dist/src/documents/validators.js: the checks of what the workers print, compiled from the published schemas. To
 * compile them takes half a second of the processor, which every command and every handler paid. Part of `npm run build`.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import type { ResultName } from '../src/documents/documents.js';
import { readSchema } from '../src/documents/schemas.js';

const SCHEMAS = new URL('../../../schemas/', import.meta.url);
const TARGET = new URL('../src/documents/validators.js', import.meta.url);
const SUFFIX = '.schema.json';

const ajv = new Ajv2020({ strict: false, allErrors: false, code: { source: true, esm: true } });
const names = readdirSync(SCHEMAS)
  .filter((file) => file.endsWith(`.result${SUFFIX}`))
  .map((file) => file.slice(0, -SUFFIX.length) as ResultName);
for (const name of names) {
  ajv.addSchema(readSchema(name), name);
}
// One turn of a transcript, as a worker hands it over before its conversation is over.
ajv.addSchema({ $ref: 'probe.result#/$defs/Turn' }, 'turn');

const exported = Object.fromEntries([...names, 'turn'].map((name) => [name.replaceAll('.', '_'), name]));
await build({
  // What it requires of its compiler is taken in, and the schemas, which it repeats and does not use, are left out.
  stdin: { contents: standalone.default(ajv, exported), resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
  outfile: fileURLToPath(TARGET),
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  logLevel: 'warning',
});
