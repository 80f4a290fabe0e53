"""JSON as others write it, and as the contract has it."""
