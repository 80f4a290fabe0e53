/** What a test file need not ask the workers twice: the same question in the same environment has the same answer. */
import { examineMachine } from '../../src/queue/health.js';
import { interpreter } from '../../src/workers/interpreter.js';
import { resolveModels } from '../../src/workers/resolve.js';

const REAL = interpreter();
const known = new Map<string, Promise<unknown>>();

/** @param question as JSON. Where the workers are not the real ones it is asked each time, and so after a failure. */
async function once<Answer>(question: string, ask: () => Promise<Answer>): Promise<Answer> {
  if (interpreter() !== REAL) {
    return ask();
  }
  const key = `${question} ${JSON.stringify(process.env)}`;
  const answer = known.get(key) ?? ask();
  known.set(key, answer);
  try {
    return (await answer) as Answer;
  } catch (error) {
    known.delete(key);
    throw error;
  }
}

export const resolveOnce: typeof resolveModels = (models) =>
  once(JSON.stringify(['resolve', models]), () => resolveModels(models));

export const examineOnce: typeof examineMachine = () => once('examine', examineMachine);
