"""A loopback server that speaks the wire formats of the LLM vendors, and misbehaves on request.

It needs nothing but the standard library. See `simulator.directives` for what it can be told to do wrong.
"""

from simulator.server import Simulator

__all__ = ["Simulator"]
