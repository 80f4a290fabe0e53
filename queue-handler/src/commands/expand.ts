/** `expand`: a run's file as it would be stored, which is a run's file again. Needs no database and no key. */
import type { RunFile } from '../documents/documents.js';
import { scenariosOf } from '../runs/scenarios.js';
import { terminalJson } from '../terminal-text.js';
import { toStdout } from './output.js';

/** One scenario a line, so that two expansions can be compared. */
export async function expandRun(file: RunFile, write: (text: string) => Promise<void> = toStdout): Promise<void> {
  for (const text of expanded(file)) {
    await write(terminalJson(text));
  }
}

function* expanded({ name, definition, ...others }: RunFile): Generator<string> {
  const { name: title, version } = definition;
  yield `{\n"name": ${JSON.stringify(name)},\n"definition": {\n`;
  for (const [key, value] of Object.entries({ name: title, version })) {
    yield value === undefined ? '' : `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`;
  }
  yield '  "scenarios": [';
  let separator = '\n';
  for (const scenario of scenariosOf({ definition, ...others })) {
    yield `${separator}    ${JSON.stringify(scenario)}`;
    separator = ',\n';
  }
  yield '\n  ]\n}';
  for (const [key, value] of Object.entries(others)) {
    yield `,\n${JSON.stringify(key)}: ${JSON.stringify(value)}`;
  }
  yield '\n}\n';
}
