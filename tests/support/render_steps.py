"""Job files for the command that renders, with chunks that fail, wait or are videos, and what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helios_gui.cli import main
from helios_gui.jobfile.job_files import save_job
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.types import JobSpec
from tests.support.jobs import COUNTED, python

# Chunk 3 fails, with something in its log, until "mended" is there.
FAILING = f"""
import os, sys
for line in range(30): print('line', line)
if sys.argv[2] == '3' and not os.path.exists('mended'):
    print('RuntimeError: no \\x1b[31mtexture')
    sys.exit(3)
{COUNTED}
"""


# Chunks from 2 on wait until "go" is there.
WAITING = f"""
import os, sys, time
while int(sys.argv[2]) >= 2 and not os.path.exists('go'): time.sleep(.02)
{COUNTED}
"""


VIDEO = (
    "import subprocess, sys; subprocess.run([sys.argv[3], '-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', "
    "f'testsrc2=s=64x36:r=30,hue=h={sys.argv[2]}0', '-frames:v', '10', '-c:v', 'mpeg4', sys.argv[1]], check=True)"
)


def video_job(count: int, folder: Path) -> Path:
    """A job file whose chunks are rendered by ffmpeg."""
    chunks = [
        {
            "id": index,
            "startFrame": index * 10,
            "frameCount": 10,
            "outputFile": f"part_{index}.mov",
            "command": python(VIDEO, f"part_{index}.mov", str(index), str(find_ffmpeg())),
        }
        for index in range(count)
    ]
    size = {"totalFrames": count * 10, "fps": 30, "width": 64, "height": 36}
    path = folder / "film.helios.json"
    path.write_text(json.dumps({"name": "Film", "metadata": size, "chunks": chunks, "outputFile": "film.mp4"}))
    return path


def put(folder: Path, spec: JobSpec) -> Path:
    path = folder / "job.json"
    save_job(spec, path)
    return path


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["render", *arguments]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("Error: ")
    assert told.out == ""
    return told.err
