/** The list of columns for people, as it stands in docs/export.md. */
import { COLUMNS } from './columns.js';

/** Between these the page has the list. */
export const BEGIN = '<!-- the columns, as npm run columns writes them -->\n';
export const END = '<!-- so far the columns -->';

/** A page with the list as it should be. */
export function withColumns(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN);
  return `${before}${BEGIN}${table()}${END}${rest.split(END)[1] ?? ''}`;
}

function table(): string {
  const rows = COLUMNS.map(
    ({ name, type, only, meaning }) => `| \`${name}\` | ${type} | ${only ?? 'both'} | ${meaning} |\n`,
  );
  return `| column | type | rows | meaning |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}
