"""Errors under a status that says success: where servers put them, and whether there is anything in one."""

from __future__ import annotations

from typing import Final

from common.json.loose import as_dict, as_list, as_text, is_blank

# Where the vendors put an answer.
_ANSWERS: Final = ("choices", "content", "candidates", "output")


def error_of(body: object) -> object:
    """The part of a body that says that something failed, or None: an `error`, or what stands where no answer does.

    An error with nothing in it (`{}`, `""`, code 0 without a text) is a gateway's way to say that there is none.
    """
    top = as_dict(body)
    for name in ("error", "errors"):
        if _says_something(top.get(name)):
            return top[name]
    base = as_dict(top.get("base_resp"))  # MiniMax
    code = base.get("status_code")
    if isinstance(code, int | str) and code not in {0, "0", ""}:
        return base
    if any(top.get(name) for name in _ANSWERS):
        return None
    return next((top[name] for name in ("detail", "message", "msg") if _says_something(top.get(name))), None)


def choice_error(body: object) -> object:
    """The error inside the first choice (OpenRouter), or None."""
    choices = as_list(as_dict(body).get("choices"))
    error = as_dict(choices[0]).get("error") if choices else None
    return error if _says_something(error) else None


def _says_something(error: object) -> bool:
    if isinstance(error, str):
        return not is_blank(error)
    if isinstance(error, list):
        return any(map(_says_something, error))
    fields = as_dict(error)
    text = as_text(fields.get("message")) or as_text(fields.get("status_msg"))
    if text is not None and not is_blank(text):
        return True
    codes = (fields.get(name) for name in ("code", "type", "status"))
    return any(isinstance(code, str | int | float) and code not in {0, "", "0"} for code in codes)
