"""Simulations with a known truth: whether intervals cover as they promise, and tests err no more than they say."""
