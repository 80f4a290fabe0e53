/**
 * Writes dist/bin/validators.cjs and run-validators.cjs: the checks of what the workers print, and of what people write in a run's
 * file, compiled from the published schemas. To compile them takes half a second of the processor and a quarter
 * of one, which every command and every handler paid. Part of `npm run build`.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import type { ResultName } from '../src/documents/documents.js';
import { RUN_PARTS, readSchema } from '../src/documents/schemas.js';

const SCHEMAS = new URL('../../../schemas/', import.meta.url);
const SUFFIX = '.schema.json';

const ajv = new Ajv2020({ strict: false, allErrors: false, code: { source: true } });
const names = readdirSync(SCHEMAS)
  .filter((file) => file.endsWith(`.result${SUFFIX}`))
  .map((file) => file.slice(0, -SUFFIX.length) as ResultName);
for (const name of names) {
  ajv.addSchema(readSchema(name), name);
}
// One turn of a transcript, as a worker hands it over before its conversation is over.
ajv.addSchema({ $ref: 'probe.result#/$defs/Turn' }, 'turn');

await write(ajv, 'validators', Object.fromEntries([...names, 'turn'].map((name) => [name, name])));

// Of a person's file all faults are told, in words that need the schema.
const people = new Ajv2020({
  ...{ strict: false, allErrors: true, verbose: true, discriminator: true },
  code: { source: true },
});
people.addSchema(readSchema('probe.job'), 'probe.job.schema.json');
// Its parts alone: the whole has a keyword that this checker does not know.
people.addSchema({ $defs: readSchema('score.job').$defs }, 'score.job.schema.json');
people.addSchema(readSchema('run'), 'run');
const { properties, $defs } = readSchema('run') as { properties: Record<string, object>; $defs: object };
for (const [name, fields] of Object.entries(RUN_PARTS)) {
  const part = Object.fromEntries(fields.map((field) => [field, properties[field]]));
  people.addSchema(
    { type: 'object', additionalProperties: false, required: [fields[0]], properties: part, $defs },
    name,
  );
}
await write(
  people,
  'run-validators',
  Object.fromEntries(['run', ...Object.keys(RUN_PARTS)].map((name) => [name, name])),
);

/** @param exported by the name of each check the schema that it is of. */
async function write(compiler: Ajv2020, file: string, exported: Record<string, string>): Promise<void> {
  await build({
    // What it requires of its compiler is taken in, and what it repeats of the schemas and does not use is left out.
    stdin: {
      contents: standalone.default(compiler, exported),
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    outfile: fileURLToPath(new URL(`../bin/${file}.cjs`, import.meta.url)),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    logLevel: 'warning',
  });
}
