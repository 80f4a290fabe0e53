"""`make live`: one cheap turn against each provider whose key is set, with what it answered. This costs money."""

from __future__ import annotations

import os
import sys

from common.errors import WorkerError
from common.providers.endpoints import resolve_key
from common.providers.records import PROVIDERS
from common.terminal_text import terminal_text
from tools.running import run_probe


def main() -> int:
    """Ask each provider once; 1 where one that has a key did not answer."""
    failed = asked = 0
    for name, provider in PROVIDERS.items():
        try:
            key, _ = resolve_key(provider)
        except WorkerError as error:
            key = None
            print(f"{provider.title:10} NOT RUN  {error.message}")
            failed += 1
            continue
        if key is None:
            print(f"{provider.title:10} NOT RUN  {' or '.join(provider.key_variables)} is not set")
            continue
        asked += 1
        model = os.environ.get(f"LIVE_{name.upper()}_MODEL", provider.cheapest_model)
        job = {
            "runId": "live",
            "scenarioId": "hello",
            "modelId": f"{name}:{model}",
            "scenario": {"prompt": "Answer with the one word: ready"},
            "config": {"maxTokens": 512, "deadlineSeconds": 60},
        }
        document = run_probe(job, dict(os.environ))
        if document["success"]:
            turn = document["transcript"]["turns"][0]
            metadata = turn["providerMetadata"]
            said = terminal_text(turn["targetResponse"][:60])
            print(
                f'{provider.title:10} OK       {model}: "{said}", answered by'
                f" {terminal_text(str(metadata['modelVersion']))}, {turn['inputTokens']} tokens in,"
                f" {turn['outputTokens']} out, {metadata['durationMs']} ms"
            )
        else:
            failed += 1
            error_document = document["error"]
            said = terminal_text(error_document["message"])
            print(f"{provider.title:10} FAILED   {model}: {error_document['code']}: {said}")
    print(f"{asked} asked, {failed} failed, {len(PROVIDERS) - asked} not run.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
