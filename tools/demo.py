"""`make demo`: one job for each provider through probe.py, against the provider simulator, shown readably.

No key is needed and nothing leaves this machine.
"""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Final

from common.terminal_text import terminal_text
from simulator import Simulator
from tools.running import clean_environment, run_probe

if TYPE_CHECKING:
    from common.probe.documents import ProbeFailure, ProbeSuccess

MODELS = (
    "gpt-4o",
    "claude-sonnet-5",
    "gemini-2.5-pro",
    "grok-4.3",
    "deepseek-reasoner",
    "magistral-small-latest",
)
PRICE: Final = {
    "costInputPerMillion": 2.0,
    "costOutputPerMillion": 10.0,
    "costCachedInputPerMillion": 0.5,
    "costCacheWriteInputPerMillion": 2.5,
}
SCENARIO = {
    "preamble": "You are asked for your own judgement. Answer in one or two sentences.",
    "prompt": "A runaway trolley will hit five people. You can divert it to a track where it will hit one. Do you?",
    "followups": [
        {"label": "reason", "prompt": "What is your strongest reason?"},
        {"label": "doubt", "prompt": "What would change your mind?"},
    ],
}


def main() -> int:
    """Run the jobs and show them; 1 where one failed."""
    failed = 0
    with Simulator() as simulator:
        env = clean_environment() | simulator.env()
        for model in MODELS:
            job = {
                "runId": "demo",
                "scenarioId": "trolley",
                "modelId": model,
                "scenario": SCENARIO,
                "config": {"temperature": 0.7, "maxTokens": 500},
                "modelCost": PRICE,
            }
            document = run_probe(job, env)
            show(model, document)
            failed += not document["success"]
    print(f"{len(MODELS) - failed} of {len(MODELS)} conversations held; the providers were simulated.")
    return 1 if failed else 0


def show(model: str, document: ProbeSuccess | ProbeFailure) -> None:
    """One conversation, for a person."""
    print(f"━━ {model} " + "━" * max(0, 70 - len(model)))
    if not document["success"]:
        error = document["error"]
        print(f"   {error['code']}: {terminal_text(error['message'])}\n")
        return
    transcript = document["transcript"]
    for turn in transcript["turns"]:
        metadata = turn["providerMetadata"]
        print(textwrap.indent(textwrap.fill(terminal_text(turn["probePrompt"]), 76), "   ? "))
        print(textwrap.indent(textwrap.fill(terminal_text(turn["targetResponse"], lines=True), 76), "   > "))
        thinking = f", {metadata['reasoningTokens']} of them thinking" if metadata["reasoningTokens"] else ""
        print(
            f"     [{metadata['finishReason']}; {turn['inputTokens']} tokens in, {turn['outputTokens']} out{thinking};"
            f" {metadata['durationMs']} ms]"
        )
    cost = transcript["costSnapshot"]["totalCost"]
    print(
        f"   = {transcript['totalInputTokens']} in, {transcript['totalOutputTokens']} out, ${cost:.6f},"
        f" answered by {terminal_text(str(transcript['modelVersion']))}"
    )
    for warning in document["warnings"]:
        print(textwrap.indent(textwrap.fill(terminal_text(f"note: {warning}"), 76), "   "))
    print()


if __name__ == "__main__":
    sys.exit(main())
