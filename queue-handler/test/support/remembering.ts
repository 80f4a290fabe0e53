/**
 * An interpreter before Python that does not ask the workers the same question twice: whether the machine is fit, what the
 * names of models mean, whether a scale is right. Hundreds of commands of the tests ask that anew; what came of each
 * question is what the real worker said to it, in the same environment and about the same files; only the port of the
 * simulator is another one.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interpreter } from '../../src/workers/interpreter.js';

const FILES = ['PROBE_MODELS_FILE', 'PROBE_PRICES_FILE'];

/**
 * @param folder keeps the answers.
 * @param starting the words that start whatever is asked anew; the interpreter itself, if need be.
 * @returns the path of the interpreter.
 */
export function rememberingInterpreter(folder: string, starting: string[] = [interpreter()]): string {
  const path = join(folder, 'python');
  const start = starting.map((word) => `'${word}'`).join(' ');
  writeFileSync(
    path,
    `#!/bin/sh
case "$*" in
  *workers/health_check.py*|*workers/resolve_models.py*|*'workers/score.py --check'*) ;;
  *) exec ${start} "$@" ;;
esac
asked=$(cat)
# Each test file has a simulator of its own; what is remembered holds a word in place of its port.
port=\${OPENAI_BASE_URL#http://127.0.0.1:}
port=\${port%%/*}
case $port in ''|*[!0-9]*) port=none ;; esac
question=$({ printf '%s\\n' "$*" "$asked"; env; ${FILES.map((name) => `[ -z "$${name}" ] || cat "$${name}"`).join('; ')}; } 2>&1 |
  sed "/^_=/d; s#127\\.0\\.0\\.1:$port/#127.0.0.1:PORT/#g" | sha256sum)
answer='${folder}'/\${question%% *}
if [ ! -e "$answer" ]; then
  # Of a failure nothing is remembered.
  printf '%s' "$asked" | ${start} "$@" > "$answer.$$" || { status=$?; cat "$answer.$$"; exit $status; }
  sed "s#127\\.0\\.0\\.1:$port/#127.0.0.1:PORT/#g" "$answer.$$" > "$answer.$$.word" && mv "$answer.$$.word" "$answer"
fi
exec sed "s#127\\.0\\.0\\.1:PORT/#127.0.0.1:$port/#g" "$answer"
`,
  );
  chmodSync(path, 0o755);
  return path;
}
