"""Whatever text a job file or a plan holds, the person gets an error of ours that explains it, never a traceback."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.jobfile.command_line import parse_command, redirect_output, resolve_program
from helios_gui.jobfile.job_files import build_job, parse_job
from helios_gui.jobfile.merge_command import file_stem, final_output, recognise_merge, replaceable_merge
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.jobfile.strict_json import JsonTextError, decode_json
from helios_gui.renderers.progress import ProgressReader
from helios_gui.types import JobFileError, UserInputError

FOLDER = Path(__file__).parent
SOURCE = str(FOLDER / "job.json")

HOSTILE = st.one_of(
    st.text(st.characters()),  # all code points, surrogates too
    st.text("\0\ud800\udfff\udc80/\\.~:'\"{}%$;\n\r\t a\u202eé", max_size=30),
    st.sampled_from(["x" * 300, "x/" * 3000, "é" * 10_000, "\0", "..", "/", "\udcff", "a\ud83d.mov", "CON", "{" * 500]),
)


def document(text: str, field: str) -> dict[str, object]:
    chunk: dict[str, object] = {"id": 0, "startFrame": 0, "frameCount": 3, "outputFile": "a.mov", "command": "tool"}
    job: dict[str, object] = {"metadata": {"totalFrames": 3, "fps": 30, "width": 64, "height": 64}, "chunks": [chunk]}
    owner = chunk if field in ("outputFile", "command") else job
    owner["outputFile" if field == "finalOutput" else field] = text
    return job


FIELDS = ["outputFile", "command", "finalOutput", "mergeCommand", "progressPattern", "name", "id", "assetsUrl", "x-key"]


@pytest.mark.parametrize("field", FIELDS)
@given(text=HOSTILE)
def test_job_files(field: str, text: str) -> None:
    job = document(text, field)
    for made in (
        lambda: parse_job(json.dumps(job).encode(), SOURCE, FOLDER),
        lambda: parse_job(json.dumps(job, ensure_ascii=False).encode("utf-8", "surrogatepass"), SOURCE, FOLDER),
        lambda: build_job(job, SOURCE, FOLDER),
    ):
        spec = None
        try:
            spec = made()
        except JobFileError as error:
            str(error).encode()
        if spec is not None:
            spec.to_json().encode()
            replaceable_merge(spec)
            final_output(spec, FOLDER)


@given(HOSTILE, st.booleans())
def test_keys_of_a_job_file(key: str, in_chunk: bool) -> None:
    job = document("tool", "command")
    owner = job["chunks"][0] if in_chunk else job  # type: ignore[index]
    owner[key] = 1  # type: ignore[index]
    with suppress(JobFileError):
        parse_job(json.dumps(job).encode(), SOURCE, FOLDER)


@given(HOSTILE.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(), st.text('{}[]",:0eE+-.\\u'))
def test_json(data: bytes, more: str) -> None:
    for content in (data, b"{" + data, b'["' + data, more.encode(), b"[" * 50_000 + data, b"9" * 5_000 + data):
        with suppress(JsonTextError):
            decode_json(content)


@given(HOSTILE, st.booleans())
def test_commands(text: str, windows: bool) -> None:
    with suppress(UserInputError):
        argv = parse_command(text, windows=windows)
        redirect_output(argv, "a.mov", FOLDER / "b.mov", job_dir=FOLDER)
        redirect_output(("tool", "a.mov"), text, FOLDER / "b.mov", job_dir=FOLDER)
        resolve_program(argv, job_dir=FOLDER)


@given(HOSTILE)
def test_merge_commands(text: str) -> None:
    for command in (text, f"helios merge {text}", f"helios merge a b {text}", f"helios merge a b --quality {text}"):
        recognise_merge(command)
    assert file_stem(text)


@pytest.mark.parametrize("field", ["command", "input", "chunk_output", "output", "name", "video_codec", "audio_codec"])
@given(text=HOSTILE)
def test_plans(field: str, text: str) -> None:
    request: dict[str, object] = {"command": "tool {start} {output} {input}", "input": "a.html", field: text}
    with suppress(UserInputError):
        plan = PlanRequest(**request, fps=30, width=64, height=64, total=9, chunk_size=4)  # type: ignore[arg-type]
        plan_job(plan).to_json().encode()


@given(HOSTILE, HOSTILE)
def test_progress(line: str, pattern: str) -> None:
    lines = [line, f"Rendered {line}", f"frame={line}", f"Fra:{line}", f"Rendered 1/{line}"]
    ProgressReader(10).feed(lines)
    with suppress(UserInputError):
        ProgressReader(10, pattern=pattern).feed(lines)
    ProgressReader(10, pattern="(?P<percent>.*)").feed(lines)
    ProgressReader(10, pattern="(?P<frame>.*)/(?P<total>.*)").feed(lines)
