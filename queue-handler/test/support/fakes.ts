/**
 * Interpreters that are none: small programs that are run as `PYTHON workers/probe.py …` and misbehave in one way each.
 * They are written in Python or sh, so that they can do to their descriptors whatever a worker that is broken could.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { interpreter } from '../../src/workers/interpreter.js';

export interface Fakes {
  /** From now on the workers are run by this program: the body of a Python script, which finds `document(job)` in it. */
  python(body: string): void;
  /** The same with a shell script. */
  shell(body: string): void;
  /** From now on they are run by what stands at this path. */
  program(path: string): void;
  /** From now on they are run as they should be. */
  real(): void;
  /** A path for something that a fake leaves behind. */
  path(name: string): string;
}

// What most of them need: the job of a one-shot run, and a sound document for it.
export const PRELUDE = `
import json, os, signal, sys, time
def turn(text="Yes."):
    return {"turnNumber": 1, "promptLabel": "scenario_prompt", "probePrompt": "?", "targetResponse": text,
            "inputTokens": 3, "outputTokens": 2, "providerMetadata": {
                "provider": "openai", "model": "gpt-4o", "modelVersion": None, "finishReason": "stop",
                "rawFinishReason": "stop", "truncated": False, "requestId": None, "systemFingerprint": None,
                "reasoningTokens": None, "cachedInputTokens": None, "cacheWriteInputTokens": None, "serviceTier": None,
                "tokenSource": "provider", "requested": {},
                "sent": {}, "dropped": [], "payloadSha256": "0" * 64, "attempts": 1,
                "startedAt": "2026-01-01T00:00:00.000Z", "durationMs": 5}}
def transcript(*turns):
    turns = turns or (turn(),)
    return {"turns": list(turns), "totalInputTokens": 3, "totalOutputTokens": 2, "modelVersion": None,
            "startedAt": "2026-01-01T00:00:00.000Z", "completedAt": "2026-01-01T00:00:01.000Z", "durationMs": 5}
def document(job, *turns):
    return {"success": True, "schemaVersion": 1, "jobId": job["jobId"], "runId": job["runId"],
            "scenarioId": job["scenarioId"], "modelId": job["modelId"], "transcript": transcript(*turns), "warnings": []}
def cancelled(job, *turns):
    document = {"success": False, "jobId": job["jobId"], "error": {
        "message": "told to stop", "code": "CANCELLED", "retryable": True, "details": None}}
    return {**document, "partialTranscript": transcript(*turns)} if turns else document
def paid(seq, job, *others):
    return json.dumps({"seq": seq, "jobId": job["jobId"], "startedAt": "2026-01-01T00:00:00.000Z", "durationMs": 5,
                       "turn": turn()}).encode() + b"\\n"
def say(value):
    os.write(1, json.dumps(value).encode() + b"\\n")
def jobs():
    for line in iter(sys.stdin.readline, ""):
        yield json.loads(line)
`;

/** Set up a test file whose workers are not always the real ones. */
export function fakes(): Fakes {
  const earlier = process.env.PYTHON;
  const folder = mkdtempSync(join(tmpdir(), 'queue-fakes-'));
  let made = 0;
  let real = '';
  const write = (text: string): void => {
    made += 1;
    const path = join(folder, `fake-${made}`);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    process.env.PYTHON = path;
  };
  before(() => {
    real = interpreter();
  });
  after(() => {
    restore(earlier);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    python: (body) => write(`#!/usr/bin/env -S ${real} -IS\n${PRELUDE}${body}\n`),
    shell: (body) => write(`#!/bin/sh\n${body}\n`),
    program: (path) => {
      process.env.PYTHON = path;
    },
    real: () => restore(earlier),
    path: (name) => join(folder, name),
  };
}

function restore(value: string | undefined): void {
  if (value === undefined) {
    delete process.env.PYTHON;
  } else {
    process.env.PYTHON = value;
  }
}
