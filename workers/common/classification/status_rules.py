"""The bare status, where nothing in the answer says more."""

from __future__ import annotations

from typing import Final

from common.classification.rule import Rule
from common.classification.vocabulary import CLIENT_ERRORS, NO_PERMISSION, OVERLOADED, SERVER_ERRORS, WITHHELD
from common.errors import ErrorCode

_RFC: Final = "RFC 9110"


STATUS_RULES: Final = (
    Rule(
        "status.3xx",
        ErrorCode.CONFIG_ERROR,
        "{host} answered with a redirect, which is not followed because it would take the key along; set"
        " {base_url_variable} to the final address",
        f"{_RFC}, 15.4",
        statuses=range(300, 400),
    ),
    Rule(
        "status.401",
        ErrorCode.AUTH_ERROR,
        "{title} does not accept the key; check {key_variable}",
        f"{_RFC}, 15.5.2",
        statuses=(401,),
        stops_provider=True,
    ),
    Rule(
        "status.403",
        ErrorCode.AUTH_ERROR,
        NO_PERMISSION,
        f"{_RFC}, 15.5.4",
        statuses=(403, 451),
        reason="permission",
    ),
    Rule(
        "status.404",
        ErrorCode.NOT_FOUND,
        "{title} has nothing at this address or no model {model}; check modelId and {base_url_variable}",
        f"{_RFC}, 15.5.5",
        statuses=(404, 410),
    ),
    Rule(
        "status.407",
        ErrorCode.AUTH_ERROR,
        "the proxy refused its credentials; check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
        f"{_RFC}, 15.5.8",
        statuses=(407,),
        reason="proxy",
    ),
    Rule(
        "status.timeout",
        ErrorCode.TIMEOUT,
        "{title} gave up waiting for its own answer (status {status}); try again",
        "anthropic: timeout_error; google: DEADLINE_EXCEEDED; RFC 9110, 15.5.9 and 15.6.5",
        statuses=(408, 504, 524),
        billing="unknown",
    ),
    Rule(
        "status.429",
        ErrorCode.RATE_LIMIT,
        "{title} limits the rate of requests; send fewer at a time, or wait as long as it says",
        "RFC 6585, 4",
        statuses=(429,),
    ),
    Rule(
        "status.busy",
        ErrorCode.SERVER_ERROR,
        "{title} could not take the request at this moment (status {status}); try again",
        "anthropic: 409 conflict; RFC 8470: 425; 499 is nginx's word for a connection closed on the way",
        statuses=(409, 425, 499),
    ),
    Rule(
        "status.446",
        ErrorCode.CONTENT_FILTER,
        WITHHELD,
        "https://portkey.ai/docs/product/guardrails - 446: a guardrail refused the request",
        statuses=(446,),
    ),
    Rule(
        "status.4xx",
        ErrorCode.VALIDATION_ERROR,
        "{title} refused the request (status {status}): see details; change the job accordingly",
        f"{_RFC}, 15.5",
        statuses=CLIENT_ERRORS,
    ),
    Rule(
        "status.503",
        ErrorCode.SERVER_ERROR,
        OVERLOADED,
        f"{_RFC}, 15.6.4; anthropic: 529",
        statuses=(503, 529),
        reason="overloaded",
    ),
    Rule(
        "status.5xx",
        ErrorCode.SERVER_ERROR,
        "{title} failed (status {status}); try again",
        f"{_RFC}, 15.6",
        statuses=SERVER_ERRORS,
    ),
    Rule(
        "status.unknown",
        ErrorCode.SERVER_ERROR,
        "{host} answered with a status that HTTP does not know ({status}); check {base_url_variable} and any proxy",
        f"{_RFC}, 15: to be treated as a server's error",
    ),
)
