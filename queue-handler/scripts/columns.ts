/** Writes the list of columns into docs/export.md: `npm run columns`. A test says where they differ. */
import { readFileSync, writeFileSync } from 'node:fs';
import { ROOT } from '../src/checkout.js';
import { withColumns } from '../src/export/columns-table.js';

const PAGE = new URL('docs/export.md', ROOT);

writeFileSync(PAGE, withColumns(readFileSync(PAGE, 'utf8')));
