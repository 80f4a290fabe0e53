"""Where recordings of real calls lie: beside a checkout, never in it, for they are other people's data."""

from __future__ import annotations

from typing import Final

from support.workers import ROOT

BESIDE: Final = ROOT.parent / "shared"
RECORDED: Final = BESIDE / "recorded"
MODELS_CSV: Final = BESIDE / "models.csv"
VOCABULARIES: Final = BESIDE / "tiktoken"
