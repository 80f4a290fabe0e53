"""From answers to scores: a declared scale, a parser that never guesses, and, where asked for, a judge."""
