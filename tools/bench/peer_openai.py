"""The same conversation with the OpenAI SDK."""

import json
import sys

from openai import OpenAI

job = json.load(sys.stdin)
client = OpenAI()
messages = [{"role": "system", "content": job["scenario"]["preamble"]}]
turns = []
for prompt in [job["scenario"]["prompt"], *(followup["prompt"] for followup in job["scenario"]["followups"])]:
    messages.append({"role": "user", "content": prompt})
    response = client.chat.completions.create(model=job["modelId"], messages=messages, max_completion_tokens=8192)
    text = response.choices[0].message.content
    messages.append({"role": "assistant", "content": text})
    turns.append({"prompt": prompt, "response": text, "tokens": response.usage.total_tokens})
sys.stdout.write(json.dumps({"turns": turns}) + "\n")
