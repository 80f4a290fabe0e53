/**
 * The schema of runs, probes and transcripts. It and that of the queue are this program's own: it shares a database with
 * others and touches nothing of theirs.
 */
export const DATA_SCHEMA = 'probe_runs';
