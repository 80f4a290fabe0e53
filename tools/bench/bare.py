"""The yardstick: the least a script can do that validates the same job and makes the same calls with httpx.

It has no retries, no deadline, no classification, no token arithmetic, no redaction and no provenance.
"""

import json
import os
import sys

import httpx
from pydantic import BaseModel, ConfigDict


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class Followup(_Strict):
    """A further question."""

    prompt: str
    label: str | None = None


class Scenario(_Strict):
    """What is asked."""

    prompt: str
    preamble: str | None = None
    followups: list[Followup] = []


class Job(_Strict):
    """One conversation."""

    runId: str
    scenarioId: str
    modelId: str
    scenario: Scenario


def main() -> None:
    """Read a job, hold the conversation, print the turns."""
    job = Job.model_validate_json(sys.stdin.buffer.read())
    base_url = os.environ["OPENAI_BASE_URL"]
    # Building a TLS context that plain http never uses would flatter the one that leaves it out.
    client = httpx.Client(timeout=280, verify=base_url.startswith("https:"))
    headers = {"authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    messages: list[dict[str, str]] = []
    if job.scenario.preamble:
        messages.append({"role": "system", "content": job.scenario.preamble})
    turns = []
    for prompt in [job.scenario.prompt, *(followup.prompt for followup in job.scenario.followups)]:
        messages.append({"role": "user", "content": prompt})
        body = {"model": job.modelId, "messages": messages, "stream": False, "max_completion_tokens": 8192}
        response = client.post(f"{base_url}/chat/completions", json=body, headers=headers)
        response.raise_for_status()
        answer = response.json()
        text = answer["choices"][0]["message"]["content"]
        messages.append({"role": "assistant", "content": text})
        turns.append({"prompt": prompt, "response": text, "usage": answer["usage"]})
    client.close()
    sys.stdout.write(json.dumps({"turns": turns}) + "\n")


if __name__ == "__main__":
    main()
