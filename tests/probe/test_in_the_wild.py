"""What installations and servers in the wild do, through the real script and real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from support.conversations import openai_answer
from support.environment import scrubbed_environment
from support.jobs import probe_job, three_turns
from support.wire_server import WireServer, http
from support.workers import WORKERS, run_probe, run_worker, strict_document

YES = http(openai_answer("Yes."))


def environment(server: WireServer, **more: str | None) -> dict[str, str]:
    """A worker's environment at a server; None takes a variable away."""
    env: dict[str, str | None] = {**scrubbed_environment(), **server.env(), **more}
    return {name: value for name, value in env.items() if value is not None}


@pytest.mark.parametrize("flag", ["-P", "-I", None])
def test_a_script_starts_where_its_folder_is_on_no_path(flag: str | None) -> None:
    """`python -P`, `-I` and PYTHONSAFEPATH; also through a link from elsewhere."""
    with WireServer(YES) as server:
        env = environment(server, PYTHONSAFEPATH=None if flag else "1")
        command = [sys.executable, *([flag] if flag else []), str(WORKERS / "probe.py")]
        done = subprocess.run(
            command, input=json.dumps(probe_job()).encode(), env=env, capture_output=True, check=True, timeout=300
        )
    assert strict_document(done.stdout)["success"] is True


def test_a_script_starts_through_a_link(tmp_path: Any) -> None:
    """From any folder."""
    (tmp_path / "check").symlink_to(WORKERS / "health_check.py")
    done = subprocess.run([sys.executable, tmp_path / "check"], input=b"", capture_output=True, check=True, timeout=300)
    assert strict_document(done.stdout)["success"] is True


@pytest.mark.parametrize("written", ['"{}"', "'{}'", " {}\r", "Bearer {}", '"Bearer {}"'])
def test_a_key_loses_what_an_env_file_left_around_it(written: str) -> None:
    """Quotes, a carriage return, the word that belongs to the header; the document says so."""
    key = "sk-test0123456789abcdef"
    with WireServer(YES) as server:
        run = run_probe(probe_job(), environment(server, OPENAI_API_KEY=written.format(key)))
    assert server.calls[0]["headers"]["authorization"] == f"Bearer {key}"
    assert any("OPENAI_API_KEY" in text for text in run.document["warnings"]) is not written.startswith(" ")


@pytest.mark.parametrize(
    ("variable", "form", "model", "path"),
    [
        ("GOOGLE_GEMINI_BASE_URL", "{}/v1beta", "gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:generateContent"),
        ("GOOGLE_GEMINI_BASE_URL", "{}/v1/", "gemini-2.5-flash", "/v1/models/gemini-2.5-flash:generateContent"),
        (
            "GOOGLE_GEMINI_BASE_URL",
            "{}/google",
            "gemini-2.5-flash",
            "/google/v1beta/models/gemini-2.5-flash:generateContent",
        ),
        ("ANTHROPIC_BASE_URL", "{}/v1", "claude-haiku-4-5", "/v1/messages"),
        ("OPENAI_BASE_URL", "{}/v1/chat/completions", "gpt-4o", "/v1/chat/completions"),
        ("OPENAI_BASE_URL", '"{}/v1"', "gpt-4o", "/v1/chat/completions"),
        ("OPENAI_BASE_URL", "http://0.0.0.0:{port}/v1", "gpt-4o", "/v1/chat/completions"),
    ],
)
def test_a_base_url_is_read_as_it_was_meant(variable: str, form: str, model: str, path: str) -> None:
    """A version is not doubled, the address of the call is no base, 0.0.0.0 is this machine."""
    with WireServer(YES) as server:
        url = form.format(server.url, port=server.port)
        run_probe(probe_job(model), environment(server, **{variable: url}))
    assert server.calls[0]["path"] == path


def test_a_call_to_this_machine_passes_every_proxy_by() -> None:
    """Nothing reaches the proxy, not even the question where nobody listens at the address."""
    with WireServer(http({}, 503)) as proxy:
        env = environment(proxy, HTTP_PROXY=proxy.url, ALL_PROXY=proxy.url, OPENAI_BASE_URL="http://localhost:1/v1")
        error = run_probe(probe_job(), env).error
    assert proxy.calls == []
    assert error["code"] == "NETWORK_ERROR"


def test_an_entry_of_no_proxy_that_cannot_be_read_ends_nothing() -> None:
    """It is warned of, and the call goes through the proxy."""
    with WireServer(YES) as proxy:
        env = environment(
            proxy,
            HTTP_PROXY=proxy.url,
            NO_PROXY="10.0.0.0/99, [::1",
            OPENAI_BASE_URL="http://192.0.2.7/v1",
            ALLOW_INSECURE_BASE_URL="1",
        )
        run = run_probe(probe_job(), env)
    assert proxy.calls[0]["path"] == "http://192.0.2.7/v1/chat/completions"
    assert sum("NO_PROXY" in text for text in run.document["warnings"]) == 2


@pytest.mark.parametrize("args", [(), ("--jsonl",)])
def test_connections_are_kept_alive_and_doubled_headers_read(args: tuple[str, ...]) -> None:
    """In both transports."""
    body = json.dumps(openai_answer("Yes.")).encode()
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
    with WireServer(chunked + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n") as server:
        run = run_probe(probe_job(), environment(server), args=args)
    assert run.turns[0]["targetResponse"] == "Yes."
    assert [call["keepalive"] for call in server.calls] in ([True], [None])
    assert server.calls[0]["body"]["stream"] is False


def test_a_conflicting_head_is_named_for_what_it_is() -> None:
    """The line did not break; a header is wrong."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody!"
    with WireServer(answer) as server:
        error = run_probe(probe_job(), environment(server)).error
    assert (error["code"], error["reason"]) == ("SERVER_ERROR", "malformed_answer")
    assert "header" in error["message"]
    assert len(server.calls) == 2


@pytest.mark.measured
def test_a_gateways_own_headers_are_sent_and_are_secrets() -> None:
    """PROBE_<PROVIDER>_HEADERS; without a key, where the gateway wants none."""
    secret = "pk-8f3Kd92LmQ7xVb41Zt"
    with WireServer(http({"error": {"message": f"bad {secret} and {secret[3:14]}"}}, 400), YES) as server:
        headers = json.dumps({"X-Portkey-Api-Key": secret, "x-portkey-provider": "openai"})
        env = environment(server, OPENAI_API_KEY=None, PROBE_OPENAI_HEADERS=headers)
        run = run_probe(probe_job(), env)
    assert server.calls[0]["headers"]["x-portkey-api-key"] == secret
    assert server.calls[0]["headers"]["x-portkey-provider"] == "openai"
    assert "authorization" not in server.calls[0]["headers"]
    shown = (run.stdout + run.stderr).decode()
    assert secret not in shown
    assert secret[3:14] not in shown


@pytest.mark.measured
@pytest.mark.parametrize("text", ["x", "[]", '{"a b": "c"}', '{"host": "x"}', '{"x": 1}', '{"x": "a\\nb"}'])
def test_headers_that_cannot_be_sent_are_a_clear_error(text: str) -> None:
    """It names the variable and shows no value."""
    with WireServer(YES) as server:
        error = run_probe(probe_job(), environment(server, PROBE_OPENAI_HEADERS=text)).error
    assert (error["code"], error["retryable"]) == ("CONFIG_ERROR", False)
    assert "PROBE_OPENAI_HEADERS" in error["message"]
    assert server.calls == []


@pytest.mark.measured
@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (http({"error": {"message": "litellm.AuthenticationError: AnthropicException - x"}}, 401), 3),
        (
            http(
                {"error": {"message": "anthropic error: Your credit balance is too low"}}, 400, x_portkey_provider="a"
            ),
            3,
        ),
        (http({"error": {"message": "No.", "code": "invalid_api_key"}}, 401), 1),
    ],
)
def test_one_upstreams_bad_key_stops_no_other_model(answer: bytes, asked: int) -> None:
    """Behind a gateway that model is asked no more, and the others go on; without one the provider is."""
    jobs = [probe_job(f"openai:{model}", jobId=str(at)) for at, model in enumerate(("a", "a", "b", "c"))]
    with WireServer(answer, YES) as server:
        lines = "\n".join(map(json.dumps, jobs)).encode()
        run = run_worker("probe.py", lines, environment(server), args=("--jsonl", "--concurrency", "1"), checked=False)
    documents = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(server.calls) == asked
    assert [document["success"] for document in documents] == [False, False, asked == 3, asked == 3]
    assert documents[0]["error"].get("stopsModel") is (True if asked == 3 else None)
    assert documents[0]["error"].get("stopsProvider") is (None if asked == 3 else True)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"x_litellm_call_id": "c1", "request_id": "r1"}, "r1"),
        ({"llm_provider-x-request-id": "v1", "x_litellm_call_id": "c1"}, "v1"),
        ({"x_portkey_trace_id": "t1"}, "t1"),
    ],
)
def test_a_gateways_request_id_is_kept(headers: dict[str, str], found: str) -> None:
    """Support asks for it."""
    with WireServer(http(openai_answer("Yes."), 200, **headers)) as server:
        turn = run_probe(probe_job(), environment(server)).turns[0]
    assert turn["providerMetadata"]["requestId"] == found


def test_a_model_id_from_a_file_of_another_system_is_put_right() -> None:
    """A carriage return is no part of a name; one in the middle is an error."""
    with WireServer(YES) as server:
        assert run_probe(probe_job("gpt-4o\r"), environment(server)).turns
        assert server.calls[0]["body"]["model"] == "gpt-4o"
        error = run_probe(probe_job("gpt\u00074o"), environment(server)).error
    assert error["code"] == "VALIDATION_ERROR"
    assert len(server.calls) == 1


def test_a_job_that_runs_out_of_time_after_a_refusal_names_the_refusal() -> None:
    """So that the queue slows down; not TIMEOUT, which would only be asked again."""
    with WireServer(http({"error": {"message": "Slow down"}}, 429)) as server:
        env = environment(server, PROBE_BACKOFF_SECONDS="60", PROBE_BACKOFF_MAX_SECONDS="60")
        error = run_probe(probe_job(config={"deadlineSeconds": 5}), env).error
    assert (error["code"], error["retryable"], error["statusCode"]) == ("RATE_LIMIT", True, 429)
    assert "deadline" in str(error["details"])
    assert len(server.calls) == 1


@pytest.mark.measured
def test_the_live_health_check_reads_the_body_too() -> None:
    """An error under 200 is no healthy provider, nor is a page."""
    for body in ({"error": {"code": 401, "message": "invalid key"}}, b"<html>login</html>"):
        with WireServer(http(body)) as server:
            job = {"live": True, "providers": ["openai"]}
            run = run_worker("health_check.py", job, environment(server))
        assert run.document["health"]["providers"]["openai"]["ok"] is False


def test_null_is_what_a_handler_sends_for_a_model_without_settings() -> None:
    """Every job of such an installation would fail."""
    with WireServer(YES) as server:
        job = three_turns(modelConfig=None, config=None, modelCost=None, resumeFrom=None)
        assert len(run_probe(job, environment(server)).turns) == 3
