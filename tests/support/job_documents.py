"""The content of job files, right and wrong, and the problems that are found in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helios_gui.jobfile.job_files import parse_job
from helios_gui.types import JobFileError

FOLDER = Path(__file__).parent


SOURCE = str(FOLDER / "job.json")


def plain_job(counts: list[int], start: int = 0) -> dict[str, Any]:
    chunks = []
    for index, count in enumerate(counts):
        name = f"parts/{index}.mov"
        first = start + sum(counts[:index])
        chunks.append(
            {"id": index, "startFrame": first, "frameCount": count, "outputFile": name, "command": f"tool -o {name}"}
        )
    metadata = {"totalFrames": sum(counts), "fps": 30, "width": 640, "height": 360}
    return {"metadata": metadata, "chunks": chunks}


def problems_of(job: object, source: str = SOURCE, job_dir: Path = FOLDER) -> dict[str, str]:
    data = job if isinstance(job, bytes) else json.dumps(job).encode()
    with pytest.raises(JobFileError) as caught:
        parse_job(data, source, job_dir)
    assert caught.value.problems
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)
    return {problem.path: problem.message for problem in caught.value.problems}
