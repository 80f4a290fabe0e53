"""The adapters, by the records of the providers. Only the one that a job needs is imported."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from common.errors import ErrorCode, WorkerError
from common.providers.records import PROVIDERS

if TYPE_CHECKING:
    from common.llm_adapters.base import Adapter

REGISTRY: Final[dict[str, tuple[str, str]]] = {
    name: (module, class_name)
    for name, provider in PROVIDERS.items()
    for module, _, class_name in [provider.adapter.partition(":")]
}


@cache
def get_adapter(provider: str) -> Adapter:
    """The adapter of a provider; adapters hold no state, so one serves every job.

    Raises:
        WorkerError: UNSUPPORTED_PROVIDER, for a name that is not in the registry.
    """
    if provider not in REGISTRY:
        raise WorkerError(f"no such provider; the providers are {', '.join(REGISTRY)}", ErrorCode.UNSUPPORTED_PROVIDER)
    module, name = REGISTRY[provider]
    adapter: Adapter = getattr(import_module(module), name)(provider)
    return adapter
