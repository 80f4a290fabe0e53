/** The schemas of a database that are this program's own: it shares a database with others and touches nothing of theirs. */

/** Runs, probes and transcripts. */
export const DATA_SCHEMA = 'probe_runs';
/** pg-boss. Another application's pg-boss, in its default schema, is not this one's to migrate. */
export const QUEUE_SCHEMA = 'probe_queue';
