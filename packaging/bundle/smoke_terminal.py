"""What the frozen app does in a terminal."""

from __future__ import annotations

import json
import shlex
import sys
import urllib.request
from pathlib import Path
from typing import Any

from screen import wait_for
from smoke_app import FOREIGN, PATIENCE, App, SmokeError

from helios_gui import __version__

TELL_ENVIRONMENT = "export -p >"
"""For a shell, before the name of the file to write to; no program is needed."""

_OF_THE_MACHINE = ("Blender", "Browser", "Display", "Keyring")
"""What ``doctor`` looks for and no bundle brings."""

_ENVIRONMENT_JOB = {
    "metadata": {"totalFrames": 1, "fps": 1, "width": 2, "height": 2},
    "chunks": [
        {
            "id": 0,
            "startFrame": 0,
            "frameCount": 1,
            "outputFile": "environment.txt",
            "command": f"/bin/sh -c '{TELL_ENVIRONMENT} environment.txt'",
        }
    ],
    "outputFile": "all.mp4",
}


def version(app: App) -> str:
    """``--version`` is the checkout's."""
    said = app.run("--version").strip()
    if said != f"helios-gui {__version__}":
        raise SmokeError(f"--version says “{said}”")
    return said


def doctor(app: App) -> str:
    """``doctor`` finds everything that the bundle brings, and the window's parts too."""
    findings = json.loads(app.run("doctor", "--json"))["findings"]
    bad = [one for one in findings if one["verdict"] != "ok" and one["name"] not in _OF_THE_MACHINE]
    if bad:
        raise SmokeError(f"doctor complains: {bad}")
    return next(str(one["detail"]) for one in findings if one["name"] == "Window")


def render_example(app: App) -> str:
    """``example`` and ``render`` make a video of all frames, and ``jobs`` knows of it."""
    job = app.run("example", app.folder / "terminal").strip()
    *_, last = _lines(app.run("render", job, "--trust", "--json"))
    if last["event"] != "done" or last["chunksDone"] != last["chunksTotal"] or not Path(last["output"]).is_file():
        raise SmokeError(f"render ended with {last}")
    states = [entry["state"] for entry in json.loads(app.run("jobs", "--json"))]
    if states != ["completed"]:
        raise SmokeError(f"jobs lists {states}")
    return str(last["report"])


def environment_of_children(app: App) -> str:
    """A chunk's command sees the person's environment, and nothing of the bundle's."""
    if sys.platform != "linux":
        return "looked at on Linux only"
    folder = app.folder / "environment"
    folder.mkdir()
    job = folder / "job.json"
    job.write_text(json.dumps(_ENVIRONMENT_JOB))
    app.run("render", job, "--trust", "--no-merge", "--json")
    check_environment(app, folder / "environment.txt")
    return ", ".join(FOREIGN)


def check_environment(app: App, file: Path) -> None:
    """What a child wrote of its environment must have what the app was given, and nothing that leads to the bundle."""
    exported = (shlex.split(line)[-1] for line in file.read_text().splitlines())
    seen = dict(variable.split("=", 1) for variable in exported if "=" in variable)
    wrong = {name: seen.get(name) for name, value in FOREIGN.items() if seen.get(name) != value}
    traces = [name for name, value in seen.items() if "_internal" in value or name.startswith("_PYI")]
    if wrong or traces or seen["HOME"] != str(app.home):
        raise SmokeError(f"a child got the bundle's environment: {wrong or traces or seen}")


def worker(app: App) -> str:
    """``worker serve`` answers, and ends when it is asked to."""
    with app.started("worker", "serve", "--port", "0", "--insecure-no-auth") as process:
        wait_for(lambda: "Rendering at " in app.printed("output").read_text(), "the worker to serve", PATIENCE)
        address = app.printed("output").read_text().split("Rendering at ")[1].strip()
        with urllib.request.urlopen(f"{address}/health", timeout=PATIENCE) as answer:
            health = json.load(answer)
        if health["version"] != __version__:
            raise SmokeError(f"the worker says of itself: {health}")
        process.terminate()
        code = process.wait(PATIENCE)
        if sys.platform != "win32" and code != 0:
            raise SmokeError(f"the worker ended with {code}")
    return f"{health}"


def nothing_is_left(app: App) -> str:
    """No process of the app, or of what it started, is running any more."""
    if sys.platform != "linux":
        return "looked at on Linux only"
    mark = f"HOME={app.home}".encode()
    left = [path.parent for path in Path("/proc").glob("[0-9]*/environ") if mark in _read(path).split(b"\0")]
    if left:
        raise SmokeError(f"still running: {[_read(path / 'cmdline') for path in left]}")
    return "no process"


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile, or is somebody else's
        return b""
