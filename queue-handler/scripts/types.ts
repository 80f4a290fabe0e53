/**
 * Writes src/documents/documents.generated.ts from the published schemas and from run.schema.json; with --check it only
 * compares. All schemas are made into one, so that a part that several of them share is one type.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

type Schema = JSONSchema & { $defs?: Record<string, JSONSchema> };

const SCHEMAS = new URL('../../../schemas/', import.meta.url);
const RUN_SCHEMA = new URL('../../run.schema.json', import.meta.url);
const TARGET = new URL('../../src/documents/documents.generated.ts', import.meta.url);
const SUFFIX = '.schema.json';

const parts: Record<string, JSONSchema> = {};
const documents: Record<string, JSONSchema> = {};
const names = readdirSync(SCHEMAS)
  .filter((name) => name.endsWith(SUFFIX))
  .sort();
for (const name of names) {
  add(name.slice(0, -SUFFIX.length), new URL(name, SCHEMAS));
}
add('run', RUN_SCHEMA);

const whole = {
  title: 'Documents',
  description: 'Every document by the name of its schema.',
  type: 'object',
  properties: documents,
  required: Object.keys(documents),
  additionalProperties: false,
  $defs: parts,
};
const generated = await compile(whole as JSONSchema, 'Documents', {
  // As lists, and not as tuples of each length.
  ignoreMinAndMaxItems: true,
  bannerComment:
    '// Generated from ../schemas and run.schema.json by `npm run types`; a check fails where they differ.\n',
});
const text = generated.replace(/[ \t]+$/gm, '');

if (!process.argv.includes('--check')) {
  writeFileSync(TARGET, text);
} else if (readFileSync(TARGET, 'utf8') !== text) {
  process.stderr.write('src/documents/documents.generated.ts differs from the schemas; run: npm run types\n');
  process.exitCode = 1;
}

/** Take a schema and its parts into the whole. @throws Error where two parts of one name differ. */
function add(name: string, path: URL): void {
  const { $defs = {}, $schema: _, $id: __, ...root } = plain(JSON.parse(readFileSync(path, 'utf8'))) as Schema;
  for (const [part, schema] of [...Object.entries($defs), [root.title ?? name, root] as const]) {
    if (!isDeepStrictEqual(parts[part] ?? schema, schema)) {
      throw new Error(`${path.pathname}: another schema has a part ${part} that differs; rename one of them`);
    }
    // By its own name, and not by the title that it may have for people.
    parts[part] = { ...schema, title: part };
  }
  documents[name] = { $ref: `#/$defs/${root.title ?? name}` };
}

/**
 * A schema as types are made of it: references lead into the whole, and that an object may hold more than is known of it
 * is left out, because no type could then be assigned to it that names all that it has.
 */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const { $ref, ...others } = value as { $ref?: string };
  if (typeof $ref === 'string') {
    // Alone: with words of its own beside it, it would become a type of its own.
    return { $ref: $ref.replace(/^.*#/, '#') };
  }
  const copy = Object.fromEntries(Object.entries(others).map(([name, item]) => [name, plain(item)]));
  if (copy.type === 'object' && copy.additionalProperties === true) {
    return copy.properties === undefined ? { ...copy, tsType: 'object' } : { ...copy, additionalProperties: false };
  }
  return copy;
}
