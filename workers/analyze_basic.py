#!/usr/bin/env python3
"""Compute the statistics of a finished run."""

from common.launch import launch

if __name__ == "__main__":
    launch(
        name="analyze_basic",
        about="Compute the statistics of a finished run.",
        job="common.analysis.job:AnalysisJob",
        result="common.analysis.documents:AnalysisResult",
        run="common.analysis.run:run",
        limit=2 * 1024**3,
    )
