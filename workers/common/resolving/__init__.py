"""Which provider serves each model: known before a run is queued, by the same rules as when it is asked."""
