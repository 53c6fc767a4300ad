from __future__ import annotations

import errno
from pathlib import Path

import pytest

from helios_gui.process.process_outcome import (
    describe_exit,
    describe_log_failure,
    describe_start_failure,
    describe_timeout,
    program_name,
)
from helios_gui.types import FailureKind, RenderChunk, WorkerJob

FFMPEG = [
    "[in#0 @ 0x5581] Error opening input: No such file or directory",
    "Error opening input file missing.mov.",
    "Error opening input files: No such file or directory",
]
FFMPEG_WHILE_ENCODING = [
    "[vost#0:0/libx264 @ 0x55] Error submitting a packet to the muxer: No space left on device",
    "frame=   12 fps=0.0 q=-1.0 Lsize=       5KiB time=00:00:00.40 bitrate=  98.0kbits/s speed=8.1x",
    "Conversion failed!",
]
NODE = [
    "/show/render.mjs:3",
    '    throw new Error("no such layer");',
    "    ^",
    "",
    "Error: no such layer",
    "    at file:///show/render.mjs:3:11",
    "    at ModuleJob.run (node:internal/modules/esm/module_job:195:25)",
    "",
    "Node.js v18.19.0",
]
PYTHON = ["Traceback (most recent call last):", '  File "x.py", line 1, in <module>', "ValueError: no such layer"]


def job(*command: str, folder: Path = Path("/")) -> WorkerJob:
    chunk = RenderChunk(id=1, start_frame=0, frame_count=10, output_file="out.mov", command="x")
    return WorkerJob("job", "attempt", chunk, 0, command, folder, folder / "out.mov", folder / "log")


@pytest.mark.parametrize(
    ("tail", "cause"),
    [
        (FFMPEG, "Error opening input files: No such file or directory"),
        (FFMPEG_WHILE_ENCODING, FFMPEG_WHILE_ENCODING[0]),
        (NODE, "Error: no such layer"),
        (PYTHON, "ValueError: no such layer"),
        (["Progress: Rendered 3 / 9 frames", ""], "Progress: Rendered 3 / 9 frames"),
        (["x" * 1000], "x" * 300 + "…"),
    ],
    ids=["ffmpeg", "ffmpeg encoding", "node", "python", "nothing better", "long"],
)
def test_last_words_name_the_cause(tail: list[str], cause: str) -> None:
    assert describe_exit("render", 1, tail) == f'"render" ended with exit code 1: {cause}'


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (1, '"render" ended with exit code 1'),
        (0xC0000005, '"render" ended with exit code 0xC0000005'),
        (137, '"render" ended with exit code 137: a program it ran was killed; the system may have run out of memory'),
        (-9, '"render" was ended by signal 9 (SIGKILL); the system may have run out of memory'),
        (-15, '"render" was ended by signal 15 (SIGTERM)'),
        (-11, '"render" crashed with signal 11 (SIGSEGV)'),
        (-63, '"render" was ended by signal 63 (unknown)'),
    ],
)
def test_exit_without_output(code: int, message: str) -> None:
    assert describe_exit("render", code, ()) == message


def test_timeout() -> None:
    assert describe_timeout("ffmpeg", 90.0) == '"ffmpeg" took longer than 90 s and was ended'


def test_program_name() -> None:
    assert program_name(job("/usr/bin/ffmpeg", "-y")) == "ffmpeg"
    assert program_name(job("/opt/ffmpeg.exe")) == "ffmpeg"
    assert program_name(job()) == "(no command)"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EAGAIN, FailureKind.THROTTLED),
        (errno.ENOMEM, FailureKind.THROTTLED),
        (errno.ENFILE, FailureKind.THROTTLED),
        (errno.ENOENT, FailureKind.FATAL),
        (errno.EPERM, FailureKind.FATAL),
        (errno.ETXTBSY, FailureKind.TRANSIENT),
        (errno.EIO, FailureKind.TRANSIENT),
    ],
)
def test_kinds_of_start_failures(number: int, kind: FailureKind) -> None:
    failure, message = describe_start_failure(job("/bin/render"), OSError(number, "reason"))
    assert failure is kind
    assert "render" in message


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EMFILE, FailureKind.THROTTLED),
        (errno.EACCES, FailureKind.FATAL),
        (errno.ENOSPC, FailureKind.TRANSIENT),
    ],
)
def test_kinds_of_log_failures(number: int, kind: FailureKind) -> None:
    failure, message = describe_log_failure(job("/bin/render"), OSError(number, "reason"))
    assert failure is kind
    assert message.startswith(f"The log {Path('/log')} could not be written")
