/** Where the answers of the viewer come from: the database, or the process that has it open. */
import type { Question } from './api.js';
import type { Override } from './override.js';

export interface Reply {
  /** Of HTTP. */
  status: number;
  /** JSON. */
  body: string;
}

export interface Source {
  ask(question: Question, words: string): Promise<Reply>;
  override(override: Override): Promise<Reply>;
}
