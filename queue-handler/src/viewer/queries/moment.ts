/** Times as text that no setting of the server bends. */
import { type RawBuilder, sql } from 'kysely';

const MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';

export function moment(column: string): RawBuilder<string> {
  return sql<string>`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', ${sql.lit(MOMENT)})`;
}
