/**
 * Loaded into every Node process of the tests before anything else (`NODE_OPTIONS=--import …`, which takes no V8 option
 * itself): the embedded database is compiled once, not again for speed. A command lives for a second, and to make the
 * database fast for hours costs it a third of the processor time that it takes at all.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--liftoff-only');
