"""`make clients`: the vendors' official SDKs against the simulator, with strict types.

It runs in an environment of its own, `.venv-clients`, which has the SDKs and nothing of the workers'.
"""
