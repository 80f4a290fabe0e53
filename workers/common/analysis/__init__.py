"""The Tier 1 analysis of a finished run."""
