"""What a job needs of a worker, and what is said where that is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helios_gui.adapters.remote.job_needs import JobNeeds, find_needs, refuse_outside, refuse_unmet_needs
from helios_gui.adapters.remote.profile_checks import capabilities_line
from helios_gui.adapters.remote.worker_responses import read_capabilities
from helios_gui.jobfile.job_files import parse_job
from helios_gui.types import JobSpec, UserInputError, WorkerCapabilities

WORKER = WorkerCapabilities(browser="Chromium 150.0", ffmpeg="7.1", encoders=("libx264", "png"), blender="4.5.0")


def spec_of(*commands: str, output: str = "part-{}.mp4") -> JobSpec:
    chunks = [
        {"id": n, "startFrame": n, "frameCount": 1, "outputFile": output.format(n), "command": command}
        for n, command in enumerate(commands)
    ]
    metadata = {"totalFrames": len(chunks), "fps": 25, "width": 64, "height": 36, "duration": 1}
    text = json.dumps({"metadata": metadata, "chunks": chunks})
    return parse_job(text.encode(), "job.json", Path.cwd(), outside_outputs=True)


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        ("helios-gui web index.html -o part-0.mp4", JobNeeds(browser=True, encoder="libx264")),
        ("helios-gui web index.html -o part-0.mp4 --codec h265", JobNeeds(browser=True, encoder="libx265")),
        ("helios-gui.exe web index.html -o part-0.mp4", JobNeeds(browser=True, encoder="libx264")),
        ("helios-gui web index.html -o part-0.mp4 --codec none", JobNeeds(browser=True)),
        ("helios-gui blend film.blend -o part-0.mp4", JobNeeds(blender=True)),
        ("blender -b film.blend -o part-0.mp4 -a", JobNeeds(blender=True)),
        ("/opt/blender-4.5/blender -b film.blend -o part-0.mp4 -a", JobNeeds(blender=True)),
        ("helios-gui blend film.blend -o part-0.png --start 0", JobNeeds(blender=True)),
        ("helios-gui render film.blend -o part-0.mp4", JobNeeds()),
        ("ffmpeg -i blender.mp4 part-0.mp4", JobNeeds()),
        ("./helios-gui web index.html -o part-0.mp4", JobNeeds()),
        ("helios-gui render web -o part-0.mp4", JobNeeds()),
    ],
)
def test_what_a_job_needs(command: str, needs: JobNeeds) -> None:
    assert find_needs(spec_of(command)) == needs
    assert find_needs(spec_of("true part-0.mp4", command.replace("part-0", "part-1"))) == needs
    assert bool(needs) == (needs != JobNeeds())


@pytest.mark.parametrize(
    ("needs", "changes", "words"),
    [
        (
            JobNeeds(browser=True),
            {"browser": "", "browser_problem": "No browser was found."},
            "renders a web page, and the farm has no browser",
        ),
        (
            JobNeeds(browser=True),
            {"browser_problem": "chromium cannot make its sandbox."},
            "the farm has a browser that does not work: chromium cannot make its sandbox.",
        ),
        (
            JobNeeds(browser=True, encoder="libx265"),
            {},
            "libx265, and the farm has no ffmpeg that can do that",
        ),
        (JobNeeds(blender=True), {"blender": ""}, "rendered with Blender, and the farm has none"),
    ],
)
def test_what_is_missing_is_named(needs: JobNeeds, changes: dict[str, str], words: str) -> None:
    with pytest.raises(UserInputError) as caught:
        refuse_unmet_needs(needs, WORKER.model_copy(update=changes), "the farm")
    assert words in str(caught.value)


def test_what_is_not_needed_may_be_missing() -> None:
    refuse_unmet_needs(JobNeeds(blender=True), WorkerCapabilities(browser_problem="none", blender="4.5"), "the farm")
    refuse_unmet_needs(JobNeeds(browser=True, encoder="png"), WORKER.model_copy(update={"blender": ""}), "the farm")
    refuse_unmet_needs(JobNeeds(), WorkerCapabilities(browser_problem="none"), "the farm")


def test_the_line_of_a_connection_test() -> None:
    line = capabilities_line(WORKER)
    assert (line.ok, line.detail, line.advice) == (True, "Chromium 150.0, ffmpeg 7.1, Blender 4.5.0.", "")
    line = capabilities_line(WorkerCapabilities(ffmpeg="7.1", browser_problem="No browser was found."))
    assert (line.ok, line.detail) == (None, "ffmpeg 7.1. There is no browser: web pages cannot be rendered there.")
    assert "packaging/worker" in line.advice
    line = capabilities_line(WORKER.model_copy(update={"browser_problem": "It has no sandbox."}))
    assert (line.ok, line.advice) == (None, "It has no sandbox.")
    assert "Web pages cannot be rendered there." in line.detail
    assert capabilities_line(None).ok is None


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b'{"version": "1"}', b'{"capabilities": 3}', b'{"statusCode": 400, "body": "{}"}']
)
def test_a_worker_that_does_not_say(payload: bytes) -> None:
    assert read_capabilities(payload) is None


def test_what_newer_workers_say_besides_is_ignored() -> None:
    found = read_capabilities(
        b'{"statusCode": 200, "body": "{\\"capabilities\\": {\\"blender\\": \\"5\\", \\"houdini\\": 1}}"}'
    )
    assert found == WorkerCapabilities(blender="5")


@pytest.mark.parametrize(
    ("command", "outside"),
    [
        ("web index.html -o part-0.mp4", ""),
        ("web seite/../index.html -o part-0.mp4", ""),
        ("web '{folder}/index.html' -o part-0.mp4", ""),
        ("web linked/index.html --folder linked -o part-0.mp4", ""),
        ("web ../index.html -o part-0.mp4", "../index.html"),
        ("web /elsewhere/index.html -o part-0.mp4", "/elsewhere/index.html"),
        ("web index.html --folder .. -o part-0.mp4", ".."),
        ("web index.html --props=/elsewhere/props.json -o part-0.mp4", "/elsewhere/props.json"),
        ("blend /elsewhere/film.blend -o part-0.mp4", "/elsewhere/film.blend"),
        ("blend ../film.blend -o part-0.mp4", "../film.blend"),
    ],
)
def test_what_is_not_uploaded_is_refused(tmp_path: Path, command: str, outside: str) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    spec = spec_of("helios-gui " + command.replace("{folder}", str(folder)))
    if not outside:
        refuse_outside(spec, folder)
        return
    with pytest.raises(UserInputError, match="which is all that is uploaded") as caught:
        refuse_outside(spec, folder)
    assert str(caught.value).startswith(f"{outside} lies outside the job's folder")


def test_other_commands_may_name_what_they_like(tmp_path: Path) -> None:
    refuse_outside(spec_of("ffmpeg -i /elsewhere/film.mov part-0.mp4"), tmp_path)
    refuse_outside(spec_of("helios-gui web index.html -o /renders/part-0.mp4", output="/renders/part-{}.mp4"), tmp_path)


def test_a_command_that_cannot_be_read_needs_nothing(tmp_path: Path) -> None:
    read = spec_of("helios-gui web index.html -o part-0.mp4", "helios-gui blend film.blend -o part-1.mp4")
    first = read.chunks[0].model_copy(update={"command": "helios-gui web 'index.html"})
    spec = read.model_copy(update={"chunks": (first, *read.chunks[1:])})  # as a program may make one
    assert find_needs(spec) == JobNeeds(blender=True)
    refuse_outside(spec, tmp_path)
