"""Does each provider answer: its free list-models call, through the transport and the classification of the probes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from common.classification import classify_error_answer, hidden_error, judge_fault
from common.classification.verdict import CallContext
from common.errors import ErrorCode, WorkerError, unforeseen
from common.http.exchange import Call, TransportFault
from common.http.transport import SyncTransport
from common.llm_adapters.registry import get_adapter
from common.process.deadline import Deadline
from common.providers.endpoints import resolve_endpoint

if TYPE_CHECKING:
    from common.health.documents import LiveResult

EACH_SECONDS: Final = 5.0
ALL_SECONDS: Final = 8.5


def check_live(providers: list[str]) -> dict[str, LiveResult]:
    """Ask the providers side by side; what one of them does cannot fail the check."""
    found: dict[str, LiveResult] = {}

    def ask(name: str) -> None:
        try:
            found[name] = _ask(name)
        except WorkerError as error:
            found[name] = {"ok": False, "error": error.to_dict()}
        except Exception as error:  # noqa: BLE001 - one provider must not take the others' answers along
            found[name] = {"ok": False, "error": unforeseen(error).to_dict()}

    deadline = Deadline(ALL_SECONDS)
    threads = [threading.Thread(target=ask, args=(name,), daemon=True) for name in providers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(deadline.remaining())
    late = WorkerError("the provider did not answer in time; try again later", ErrorCode.TIMEOUT).to_dict()
    return {name: found.get(name, {"ok": False, "error": late}) for name in providers}


def _ask(name: str) -> LiveResult:
    endpoint = resolve_endpoint(name)
    adapter = get_adapter(name)
    deadline = Deadline(EACH_SECONDS)
    transport = SyncTransport(endpoint.base_url, connect_timeout=EACH_SECONDS)
    headers = {**adapter.auth_headers(endpoint.key), **endpoint.headers}
    url = endpoint.url_of(endpoint.provider.models_path)
    outcome = transport.send(Call(url, headers, b"", deadline, method="GET"))
    transport.close()
    latency = round(deadline.elapsed() * 1000)
    call = CallContext(name, endpoint.host, "any")
    if isinstance(outcome, TransportFault):
        failure = judge_fault(outcome, call)
    elif 200 <= outcome.status < 300:
        # A gateway's error may stand under a status that says success.
        hidden = hidden_error(adapter, outcome.headers, outcome.body, call)
        if hidden is None:
            return {"ok": True, "latencyMs": latency}
        failure = hidden
    else:
        failure = classify_error_answer(adapter, outcome.status, outcome.headers, outcome.body, call)
    error = failure.error.but(billing=None)  # listing models is free
    return {"ok": False, "latencyMs": latency, "error": error.to_dict()}
