"""W: what gateways, local servers and new models send in place of what the vendors do."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, Final

from tools.faults.bench import Outcome, Row, job
from tools.faults.servers import scripted

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tools.faults.bench import Bench

_PRICE: Final = {"costInputPerMillion": 1.0, "costOutputPerMillion": 1.0}
_USAGE: Final = {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18}


def _chat(content: Any = "Yes.", finish: str = "stop", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    message = {"role": "assistant", "content": content, **fields.pop("message", {})}
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": _USAGE, **fields}


def _http(body: Any, status: int = 200, *headers: str) -> bytes:  # noqa: ANN401 - any JSON value, or bytes
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} Scripted", "content-type: application/json", *headers]
    if not any("transfer-encoding" in name for name in headers):
        head.append(f"content-length: {len(payload)}")
    return "\r\n".join([*head, "", ""]).encode() + payload


def _played(calls: int, *answers: bytes) -> Callable[[Bench, bytes], Outcome]:
    """Run against a server that plays these answers, and see how often it was asked."""

    def act(bench: Bench, stdin: bytes) -> Outcome:
        asked: list[socket.socket] = []
        with scripted(answers, asked) as server:
            bench.env["OPENAI_BASE_URL"] = server.url
            outcome = bench.run(stdin)
        if len(asked) != calls:
            raise AssertionError(f"{len(asked)} calls")
        return outcome

    return act


def _last(**wanted: Any) -> Callable[[Bench, Outcome], None]:  # noqa: ANN401 - any JSON value
    """What the last turn and its metadata say."""

    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        turn = outcome.turns[-1]
        for name, value in wanted.items():
            found = turn.get(name, turn["providerMetadata"].get(name))
            if found != value:
                raise AssertionError(f"{name} is {found!r}")

    return check


def _wild(
    name: str,
    fault: str,
    answers: tuple[bytes, ...],
    *,
    expect: str = "ok",
    calls: int = 1,
    check: Callable[[Bench, Outcome], None] | None = None,
    retryable: bool | None = None,
    **fields: Any,  # noqa: ANN401 - fields of the job
) -> Row:
    asked = job(model="openai:m", **fields)
    return Row(name, fault, asked, (expect,), retryable=retryable, act=_played(calls, *answers), check=check)


_YES: Final = _http(_chat())
_CHUNKED: Final = b"%x\r\n%s\r\n0\r\n\r\n" % (len(json.dumps(_chat())), json.dumps(_chat()).encode())
_LITELLM: Final = 'litellm.RateLimitError: XaiException - {"error": "Your team has used all available credits."}'

ROWS: Final = (
    _wild("W01", "thinking in the text", (_http(_chat("<think>no</think>Yes.")),), check=_last(targetResponse="Yes.")),
    _wild("W02", "aborted, then whole", (_http(_chat("Ye", "abort")), _YES), calls=2, check=_last(attempts=2)),
    _wild(
        "W03",
        "an error inside the first choice",
        (_http({"choices": [{"message": {"content": ""}, "error": {"code": 502, "message": "m"}}]}), _YES),
        calls=2,
    ),
    _wild("W04", "one event of a stream", (_http(b"data: " + json.dumps(_chat()).encode() + b"\n\ndata: [DONE]\n\n"),)),
    _wild(
        "W05",
        "raw control characters",
        (_http(json.dumps(_chat()).replace("Yes.", "a\nb").encode()),),
        check=_last(targetResponse="a\nb"),
    ),
    _wild(
        "W06",
        "zeros for counts",
        (_http(_chat(usage=dict.fromkeys(_USAGE, 0))),),
        check=_last(tokenSource="estimate"),
        modelCost=_PRICE,
    ),
    _wild(
        "W07",
        "thinking in the total alone",
        (_http(_chat(usage={**_USAGE, "total_tokens": 512})),),
        check=_last(outputTokens=500),
    ),
    _wild(
        "W08", "no money, in a gateway's word", (_http({"code": "INSUFFICIENT_BALANCE"}, 403),), expect="QUOTA_EXCEEDED"
    ),
    _wild(
        "W09",
        "no room, as a server's error",
        (_http({"error": {"message": "Context size has been exceeded."}}, 500),),
        expect="CONTEXT_LENGTH",
    ),
    _wild(
        "W10",
        "a setting refused in other words",
        (_http({"error": {"message": "Unrecognized request argument supplied: temperature"}}, 400), _YES),
        calls=2,
        check=_last(dropped=["temperature"]),
        config={"temperature": 0.5},
    ),
    _wild("W11", "the vendor's error inside", (_http({"error": {"message": _LITELLM}}, 429),), expect="QUOTA_EXCEEDED"),
    _wild(
        "W12",
        "a doubled header",
        (_http(_CHUNKED, 200, "transfer-encoding: chunked", "Transfer-Encoding: chunked"),),
    ),
    _wild(
        "W13",
        "packed twice",
        (_http(gzip.compress(gzip.compress(json.dumps(_chat()).encode())), 200, "content-encoding: gzip, gzip"),),
    ),
    _wild(
        "W14",
        "sound alone",
        (_http(_chat(None, message={"audio": {"data": "x"}})),),
        expect="INVALID_RESPONSE",
        retryable=False,
    ),
    _wild(
        "W15",
        "a rate limit under status 200",
        (_http({"error": {"code": "rate_limited", "message": "m"}}), _YES),
        calls=2,
    ),
)
