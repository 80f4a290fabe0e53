"""F: environment and configuration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from simulator import Simulator
from tools.faults.bench import CANARY, Outcome, Row, job, sim, turns
from tools.faults.servers import ELSEWHERE, proxy_502

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.faults.bench import Bench

_CONFIG: Final = ("CONFIG_ERROR",)
_MISSING: Final = ("MISSING_API_KEY",)


def _names(variable: str) -> Callable[[Bench, Outcome], None]:
    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        if variable not in outcome.error["message"]:
            raise AssertionError(outcome.error["message"])

    return check


BASE_URLS: Final = ("OPENAI", "ANTHROPIC", "GOOGLE_GEMINI", "XAI", "DEEPSEEK", "MISTRAL")


def _health(stdin: bytes = b"{}") -> Callable[[Bench, bytes], Outcome]:
    def act(bench: Bench, _: bytes) -> Outcome:
        return bench.run(stdin, script="health_check.py")

    return act


def _live_500(bench: Bench, _: bytes) -> Outcome:
    bench.env["OPENAI_BASE_URL"] = bench.env["OPENAI_BASE_URL"].replace("/openai/", "/openai~status=500/")
    outcome = bench.run(b'{"live": true}', script="health_check.py")
    providers = outcome.document["health"]["providers"]
    if providers["openai"]["error"]["code"] != "SERVER_ERROR" or not providers["mistral"]["ok"]:
        raise AssertionError(str(providers))
    if any(entry["method"] != "GET" for entry in bench.calls()):
        raise AssertionError("the health check made a paid call")
    return outcome


def _elsewhere(bench: Bench, stdin: bytes) -> Outcome:
    place = bench.folder / "a blank and ümlaut"
    place.mkdir()
    (place / ".env").write_text("OPENAI_API_KEY=sk-another-key-from-a-file\n")
    return bench.run(stdin, cwd=place)


def _keyless(bench: Bench, stdin: bytes) -> Outcome:
    """As Ollama, vLLM and LM Studio are asked."""
    with Simulator(keyless=True) as local:
        bench.env["OPENAI_BASE_URL"] = local.env()["OPENAI_BASE_URL"]
        return bench.run(stdin)


def _without(package: str, script: str = "probe.py") -> Callable[[Bench, bytes], Outcome]:
    """Run where this package cannot be imported."""

    def act(bench: Bench, stdin: bytes) -> Outcome:
        code = f"raise ModuleNotFoundError('No module named {package}', name='{package}')"
        (bench.folder / f"{package}.py").write_text(code)
        bench.env["PYTHONPATH"] = str(bench.folder)
        return bench.run(stdin, script=script)

    return act


def _lower_case_proxy(bench: Bench, stdin: bytes) -> Outcome:
    """The one of the two that goes first answers with a page; behind the other there is nobody."""
    with proxy_502() as proxy:
        bench.env["http_proxy"] = f"http://user:{CANARY}@127.0.0.1:{proxy.port}"
        return bench.run(stdin)


def _models_file(bench: Bench, stdin: bytes) -> Outcome:
    path = bench.folder / "models.json"
    path.write_text(json.dumps({"openai": [{"match": "house-model", "maxOutputTokens": 77}]}))
    bench.env["PROBE_MODELS_FILE"] = str(path)
    return bench.run(stdin)


def _one_warning(bench: Bench, outcome: Outcome) -> None:
    del bench
    warnings = [line for line in outcome.stderr.splitlines() if b"LOG_LEVEL" in line]
    if len(warnings) != 1:
        raise AssertionError(f"{len(warnings)} warnings")


def _no_cost(bench: Bench, outcome: Outcome) -> None:
    del bench
    if "costSnapshot" in outcome.document["transcript"]:
        raise AssertionError("a cost without a price")


ROWS: Final = (
    Row(
        "F01",
        "no key",
        job(),
        _MISSING,
        calls=0,
        env={"OPENAI_API_KEY": None, "OPENAI_BASE_URL": None},
        check=_names("OPENAI_API_KEY"),
    ),
    Row("F02", "a blank key", job(model="grok-4.3"), _MISSING, calls=0, env={"XAI_API_KEY": " "}),
    Row("F02b", "a newline after the key", job(), turns=1, env={"OPENAI_API_KEY": f"sk-{CANARY}\n"}),
    Row(
        "F02c",
        "a newline within the key",
        job(),
        _CONFIG,
        calls=0,
        env={"OPENAI_API_KEY": f"sk\n{CANARY}"},
        check=_names("OPENAI_API_KEY"),
    ),
    Row("F02d", "a letter no header can carry", job(), _CONFIG, calls=0, env={"OPENAI_API_KEY": f"sk-ü{CANARY}"}),
    Row(
        "F06",
        "credentials in the base URL",
        job(),
        _CONFIG,
        calls=0,
        env={"OPENAI_BASE_URL": f"https://u:{CANARY}@127.0.0.1:9/v1"},
    ),
    Row(
        "F06b",
        "a key in the base URL's query",
        job(),
        _CONFIG,
        calls=0,
        env={"OPENAI_BASE_URL": f"https://127.0.0.1:9/v1?key={CANARY}"},
    ),
    Row(
        "F07",
        "plain http to another machine",
        job(),
        _CONFIG,
        calls=0,
        env={"OPENAI_BASE_URL": "http://192.0.2.1/v1"},
        check=_names("ALLOW_INSECURE_BASE_URL"),
    ),
    Row("F08", "a base URL in the job", job(baseUrl="http://169.254.169.254/"), ("VALIDATION_ERROR",), calls=0),
    Row("F08b", "headers in the settings", job(config={"headers": {"x": CANARY}}), ("VALIDATION_ERROR",), calls=0),
    Row(
        "F09",
        "no vocabulary and no network",
        job(sim("usage=none")),
        turns=1,
        env={"TIKTOKEN_CACHE_DIR": "/nonexistent"},
        most_seconds=5,
    ),
    *(
        Row(
            f"F10 {value}",
            "a deadline that is none",
            job(),
            _CONFIG,
            calls=0,
            env={"PROBE_DEADLINE_SECONDS": value},
            check=_names("PROBE_DEADLINE_SECONDS"),
        )
        for value in ("abc", "-1", "inf", "0")
    ),
    Row("F11", "LOG_LEVEL=loud", job(), turns=1, env={"LOG_LEVEL": "loud"}, check=_one_warning),
    Row("F12", "a .env file in the folder", job(), turns=1, act=_elsewhere),
    Row("F13", "debug logging", job(), turns=1, env={"LOG_LEVEL": "debug"}),
    Row("F14", "a package is missing", job(), _CONFIG, calls=0, act=_without("httpx"), check=_names("pip install")),
    Row(
        "F14b",
        "a package is missing, health check",
        b"{}",
        _CONFIG,
        act=_without("httpx", script="health_check.py"),
        check=_names("pip install"),
    ),
    Row(
        "F14c",
        "a package is missed in mid-job",
        turns("One?", sim("status=500")),
        _CONFIG,
        calls=2,
        turns=1,
        act=_without("tenacity"),
    ),
    Row(
        "F16",
        "http_proxy and HTTP_PROXY differ",
        job(),
        ("SERVER_ERROR",),
        calls=0,
        env={"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": None, **ELSEWHERE},
        act=_lower_case_proxy,
    ),
    Row(
        "F15",
        "health check without keys",
        b"{}",
        calls=0,
        env={f"{n}_API_KEY": None for n in ("OPENAI", "ANTHROPIC", "GOOGLE", "XAI", "DEEPSEEK", "MISTRAL")},
        act=_health(),
        most_seconds=10,
    ),
    Row("F15b", "health check, a provider answers 500", b"", act=_live_500, most_seconds=10),
    Row(
        "F15c",
        "health check without a network",
        b"",
        act=_health(b'{"live": true}'),
        env={
            **{f"{name}_BASE_URL": None for name in BASE_URLS},
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": None,
        },
        calls=0,
        most_seconds=10,
    ),
    Row("F20", "no price", job(model="gpt-4-0613"), turns=1, check=_no_cost),
    Row("F21", "a local server without a key", job(), turns=1, env={"OPENAI_API_KEY": None}, act=_keyless),
    Row("F22", "a model of the user's own table", job(model="house-model"), turns=1, act=_models_file),
)
