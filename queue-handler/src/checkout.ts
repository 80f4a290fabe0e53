/** Where this program lies: beside the workers and the published schemas, in one checkout. */

/** The root of the checkout: this file is compiled to queue-handler/dist/src/, and bundled into a file of queue-handler/dist/bin/. */
export const ROOT = new URL('../../../', import.meta.url);
