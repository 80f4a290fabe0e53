"""What a gateway between us and the vendor says of the vendor: whose error it is, and in which words.

A gateway (LiteLLM, Portkey, OpenRouter and their like) passes a vendor's error on inside its own: as JSON in its
message or in a field, and the vendor's headers under a prefix. What counts is the vendor's error, by its rules.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from common.json.loose import as_dict, as_list, as_text, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# LiteLLM hands a vendor's headers down under this prefix (https://docs.litellm.ai/docs/proxy/response_headers).
UPSTREAM_PREFIX: Final = "llm_provider-"
_HEADERS: Final = (UPSTREAM_PREFIX, "x-litellm-", "x-portkey-", "x-openrouter-", "cf-aig-", "helicone-")
# A message may quote one error, or a list of tries with an error each.
MAX_INNER: Final = 4
_DECODER: Final = json.JSONDecoder(strict=False)

# The name before "Exception" in LiteLLM's messages, and what gateways call the vendors.
_VENDORS: Final = {
    "openai": "openai",
    "azure": "openai",
    "azureopenai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "google": "google",
    "googleaistudio": "google",
    "vertexai": "google",
    "vertex": "google",
    "xai": "xai",
    "deepseek": "deepseek",
    "mistral": "mistral",
    "mistralai": "mistral",
}
_LITELLM: Final = re.compile(r"\b([a-z_]{1,30})exception\b")
_LITELLM_CLASS: Final = re.compile(r"\blitellm\.([a-z]{1,60})")
_PORTKEY: Final = re.compile(r"^([a-z -]{1,30}) error:")
MAX_HEAD_CHARS: Final = 400


def upstream_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, with those that the vendor sent under their own names where the gateway's own do not stand there."""
    found = dict(headers)
    for name, value in headers.items():
        if name.startswith(UPSTREAM_PREFIX):
            found.setdefault(name.removeprefix(UPSTREAM_PREFIX), value)
    return found


def is_gateway(headers: Mapping[str, str], body: object, text: str) -> bool:
    """Whether somebody stands between us and the vendor, by what he says himself."""
    if any(name.startswith(_HEADERS) for name in headers):
        return True
    metadata = as_dict(as_dict(as_dict(body).get("error")).get("metadata"))
    return "provider_name" in metadata or "litellm." in text or "model group" in text


def vendor(provider: str, headers: Mapping[str, str], bodies: list[object], text: str) -> str:
    """The provider whose rules an error follows: the one that was asked, or the one behind the gateway."""
    head = text[:MAX_HEAD_CHARS]
    body = as_dict(bodies[0]) if bodies else {}
    metadata = as_dict(as_dict(body.get("error")).get("metadata"))
    names = [
        *(match.group(1) for match in _LITELLM.finditer(head)),
        *(match.group(1) for match in _PORTKEY.finditer(head)),
        headers.get("x-portkey-provider", ""),
        as_text(metadata.get("provider_name")) or "",
        as_text(body.get("provider")) or "",
    ]
    for name in names:
        known = _VENDORS.get("".join(char for char in name.lower() if char.isalnum()))
        if known is not None:
            return known
    if provider == "openai":  # whose language many others speak
        if any(_is_googles(item) for item in bodies) or "ai.google.dev" in text:
            return "google"
        if body.get("type") == "error" and isinstance(body.get("error"), dict):
            return "anthropic"
    return provider


def class_names(text: str) -> Iterator[str]:
    """LiteLLM's own names for the kinds of errors, which say what the vendor's error is, in lower case."""
    for match in _LITELLM_CLASS.finditer(text[:MAX_HEAD_CHARS]):
        yield match.group(1)


def inner_bodies(body: object) -> list[object]:
    """The errors that are quoted inside an error: JSON within its messages, or text in the place for a raw one."""
    error = as_dict(as_dict(body).get("error"))
    metadata = as_dict(error.get("metadata"))
    texts = [as_text(value) for value in (error.get("message"), metadata.get("raw"), as_dict(body).get("message"))]
    texts += [as_text(value) for value in (as_dict(body).get("error"), as_dict(body).get("detail"))]
    found: list[object] = [metadata["raw"]] if isinstance(metadata.get("raw"), dict) else []
    for text in texts:
        if text is not None and len(found) < MAX_INNER:
            found += _objects_in(text, MAX_INNER - len(found))
    return found


def _objects_in(text: str, most: int) -> list[object]:
    """JSON objects within a text; a bounded number of places is tried, so that braces alone cost nothing."""
    found: list[object] = []
    at = 0
    for _ in range(2 * MAX_INNER):
        at = text.find("{", at)
        if at < 0 or len(found) >= most:
            break
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            # Python's own way to print a dict is what some gateways quote.
            printed = _as_printed(text[at:])
            if isinstance(printed, dict):
                return [*found, printed]
            at += 1
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def _as_printed(text: str) -> object:
    """A dict as Python prints it, read as far as its quotes and words can be told apart."""
    end = text.rfind("}")
    if end < 0 or not text.startswith(("{'", "{ '")):
        return None
    plain = text[: end + 1].replace("None", "null").replace("True", "true").replace("False", "false")
    try:
        return read_json(plain.replace('"', "\\u0022").replace("'", '"'))
    except (ValueError, RecursionError):
        return None


def _is_googles(body: object) -> bool:
    error = as_dict(as_dict(body).get("error"))
    return any(
        str(as_dict(detail).get("@type", "")).startswith("type.googleapis.com/")
        for detail in as_list(error.get("details"))
    )
