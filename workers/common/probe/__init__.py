"""The main product: one multi-turn conversation, from a job to the document of its transcript."""
