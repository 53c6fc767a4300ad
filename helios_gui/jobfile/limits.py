"""What a job file may hold at most, so that looking at one takes seconds and some hundred megabytes, whatever it is."""

from __future__ import annotations

MOST_BYTES = 64 * 1024 * 1024
"""The largest job file that is read, in bytes."""

MOST_CHUNKS = 200_000
"""Chunks of a job."""

MOST_PROBLEMS = 100
"""Problems that are reported of one job file; the search ends soon after."""

LONGEST_MESSAGE = 600
"""Characters of a problem's message."""
