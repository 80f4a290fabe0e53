"""What the workers share: the process runner, the wire models, the adapters and the rules that decide."""

__version__ = "0.1.0"
