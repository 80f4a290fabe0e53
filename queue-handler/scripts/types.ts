/** Writes src/documents/documents.generated.ts from the published schemas; with --check it only compares. */
import { readFile, writeFile } from 'node:fs/promises';
import { compile } from 'json-schema-to-typescript';

const SCHEMAS = new URL('../../../schemas/', import.meta.url);
const TARGET = new URL('../../src/documents/documents.generated.ts', import.meta.url);
const NAMES = {
  'probe.job': 'ProbeJob',
  'probe.result': 'ProbeResult',
  'health_check.result': 'HealthResult',
  'analyze_basic.result': 'AnalysisResult',
  'resolve_models.result': 'ResolveResult',
};

const parts = ['// Generated from ../schemas by `npm run types`; a check fails where they differ.\n'];
for (const [file, name] of Object.entries(NAMES)) {
  const schema = JSON.parse(await readFile(new URL(`${file}.schema.json`, SCHEMAS), 'utf8'));
  schema.title = name;
  const text = await compile(schema, name, { bannerComment: '', additionalProperties: false });
  // A namespace for each file, because the schemas share the names of their parts.
  parts.push(`export namespace ${name}Schema {\n${text.replace(/^/gm, '  ').trimEnd()}\n}\n`);
}
const text = parts.join('\n').replace(/[ \t]+$/gm, '');

if (process.argv.includes('--check')) {
  if ((await readFile(TARGET, 'utf8').catch(() => '')) !== text) {
    process.stderr.write('src/documents/documents.generated.ts differs from ../schemas; run: npm run types\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(TARGET, text);
}
