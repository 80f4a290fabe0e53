"""The same conversation with litellm."""

import json
import os
import sys

import litellm

job = json.load(sys.stdin)
base_url = os.environ["OPENAI_BASE_URL"]
messages = [{"role": "system", "content": job["scenario"]["preamble"]}]
turns = []
for prompt in [job["scenario"]["prompt"], *(followup["prompt"] for followup in job["scenario"]["followups"])]:
    messages.append({"role": "user", "content": prompt})
    response = litellm.completion(
        model=f"openai/{job['modelId']}", messages=messages, max_tokens=8192, api_base=base_url
    )
    text = response.choices[0].message.content
    messages.append({"role": "assistant", "content": text})
    turns.append({"prompt": prompt, "response": text, "tokens": response.usage.total_tokens})
sys.stdout.write(json.dumps({"turns": turns}) + "\n")
