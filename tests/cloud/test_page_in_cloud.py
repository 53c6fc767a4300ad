"""A web page rendered in both clouds by the worker's image: its files, its start, and nothing else around them.

Through the terminal and through the window, as a person does it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.jobfile.command_line import join_command
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.profiles.store import ProfileStore
from helios_gui.stitcher import probe
from helios_gui.types import JobState, JobSummary
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.new_render.sheet import NewRenderSheet
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.widgets.confirm import ConfirmSheet
from helios_gui.utils.folders import AppFolders
from tests.cloud.clouds import Cloud, cloud_run_cloud, lambda_cloud
from tests.cloud.test_end_to_end import open_window
from tests.support.browsers import require_browser
from tests.support.cli import run_cli
from tests.support.drops import drop
from tests.support.waiting import eventually
from tests.support.worker_image import WorkerImage

pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support", "PulseAudioService", "No RHI backend", extend=True
)

FRAMES, CHUNKS = 12, 2
SIZE = ("--width", "320", "--height", "180", "--fps", "25", "--codec", "png")  # which keeps each pixel
LEFT = Qt.MouseButton.LeftButton
Sheet = TypeVar("Sheet", bound=QWidget)
PAGE = """<!doctype html>
<meta charset="utf-8">
<link rel="stylesheet" href="style/look.css">
<script>window.helios = { width: 320, height: 180, fps: 25, duration: 0.48 }</script>
<body><img src="pictures/still.png"><video src="film.mp4" muted></video><p>Größe 你好 😀</p><canvas></canvas>
<script type="module" src="code/main.mjs"></script>
"""
MODULE = """import { speed } from "./speed.mjs";
const { colour } = await (await fetch("../data/colours.json")).json();
const { shape } = await import("./shape.mjs");
const context = document.querySelector("canvas").getContext("2d");
function draw(time) {
  context.clearRect(0, 0, 300, 150);
  context.fillStyle = colour;
  shape(context, time * speed);
  requestAnimationFrame(draw);
}
requestAnimationFrame(draw);
"""
FILES = {
    "index.html": PAGE,
    "style/look.css": '@import "base.css"; p { color: teal; animation: go 1s linear infinite; }',
    "style/base.css": "body { margin: 0; background: url(../pictures/still.png) } @keyframes go { to { opacity: 0 } }",
    "code/main.mjs": MODULE,
    "code/speed.mjs": "export const speed = 0.2;",
    "code/shape.mjs": "export const shape = (context, at) => context.fillRect(at, 20, 40, 40);",
    "data/colours.json": json.dumps({"colour": "#c0ffee"}),
    "notes/private.txt": "not for the cloud",
    ".heliosignore": "notes/\n",
}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page whose pictures are made of all that its folder holds."""
    require_browser()
    folder = tmp_path / "Seite ü"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for arguments in (["-frames:v", "1", "pictures/still.png"], ["-frames:v", "12", "-pix_fmt", "yuv420p", "film.mp4"]):
        (folder / arguments[-1]).parent.mkdir(exist_ok=True)
        source = ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x36:rate=25"]
        subprocess.run([find_ffmpeg(), *source, *arguments], cwd=folder, check=True)
    return folder / "index.html"


@pytest.fixture
def image_cloud(request: pytest.FixtureRequest, cloud_kind: str, image_files: Path) -> Iterator[Cloud]:
    """Either cloud, with workers as the image makes them; a parameter is set in their environment."""
    tmp_path: Path = request.getfixturevalue("tmp_path")
    require_browser()
    image = WorkerImage(image_files, cloud_kind, getattr(request, "param", {}))
    if cloud_kind == "lambda":
        monkeypatch = request.getfixturevalue("monkeypatch")
        with lambda_cloud(request.getfixturevalue("ministack"), tmp_path, monkeypatch, image=image) as made:
            yield made
    else:
        gcs, tokens = request.getfixturevalue("gcs"), request.getfixturevalue("google_tokens")
        with cloud_run_cloud(gcs, tokens, tmp_path, image=image) as made:
            yield made


def write_job(page: Path) -> Path:
    """Write the job of a page, as ``helios-gui new`` does."""
    each = FRAMES // CHUNKS
    chunks = [
        {
            "id": index,
            "startFrame": index * each,
            "frameCount": each,
            "outputFile": f"part_{index}.mov",
            "command": join_command(
                [
                    "helios-gui",
                    "web",
                    page.name,
                    "-o",
                    f"part_{index}.mov",
                    "--start",
                    str(index * each),
                    "--count",
                    str(each),
                    *SIZE,
                ]
            ),
        }
        for index in range(CHUNKS)
    ]
    metadata = {"totalFrames": FRAMES, "fps": 25, "width": 320, "height": 180, "duration": FRAMES / 25}
    path = page.with_name("index.helios.json")
    path.write_text(json.dumps({"metadata": metadata, "chunks": chunks, "outputFile": "out.mov"}), encoding="utf-8")
    return path


def home_of(tmp_path: Path, cloud: Cloud) -> AppFolders:
    """Return the app's folders, with the cloud's profile in the settings."""
    home = AppFolders.at(tmp_path / "home").create()
    ProfileStore(home.profiles).save((LocalProfile(name="Local"), cloud.profile), "Local")
    return home


def attempts_of(cloud: Cloud) -> list[str]:
    """Return the attempts that have left a result."""
    return sorted(key.split("/")[-2].partition(".")[2] for key in cloud.objects() if key.endswith("/result.json"))


def frame_hashes(video: Path) -> list[str]:
    """Return the MD5 of each frame's pixels."""
    words = [find_ffmpeg(), "-v", "error", "-i", video, "-map", "0:v", "-f", "framemd5", "-"]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split()[-1] for line in lines if not line.startswith("#")]


# One cloud for each way in: what a cloud does with a page does not depend on who asked for it.
@pytest.mark.parametrize("cloud_kind", ["lambda"], indirect=True)
def test_a_terminal_renders_a_page_as_this_machine_does(image_cloud: Cloud, page: Path, tmp_path: Path) -> None:
    home = home_of(tmp_path, image_cloud)
    there = run_cli(home.data.parent, "render", write_job(page), "--profile", "cloud", "--trust")
    assert there.returncode == 0, there.stdout + there.stderr
    assert attempts_of(image_cloud) == ["0.1", "1.1"], "every chunk was rendered once"
    here = tmp_path / "here.mov"
    whole = run_cli(home.data.parent, "web", page, "-o", here, "--start", "0", "--count", str(FRAMES), *SIZE)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    film = page.with_name("out.mov")
    assert probe(film).frames == FRAMES
    assert frame_hashes(film) == frame_hashes(here)
    assert len(set(frame_hashes(film))) == FRAMES, "it moves"
    sent = b"".join(image_cloud.data(key) for key in image_cloud.objects() if key.endswith("manifest.json"))
    assert b"code/shape.mjs" in sent
    assert b"private.txt" not in sent


def shown(window: MainWindow, kind: type[Sheet]) -> list[Sheet]:
    """Return the sheets of a kind that are open."""
    return [sheet for sheet in window.frame.findChildren(kind) if sheet.isVisible()]


@pytest.mark.parametrize("cloud_kind", ["cloud-run"], indirect=True)
async def test_a_page_is_dropped_and_rendered_in_the_cloud(
    qtbot: QtBot, image_cloud: Cloud, page: Path, tmp_path: Path
) -> None:
    async with open_window(home_of(tmp_path, image_cloud)) as window:
        drop(window, page)
        await eventually(lambda: shown(window, NewRenderSheet))
        new = shown(window, NewRenderSheet)[0]
        await eventually(lambda: new.panel.command.toPlainText())
        new.form.chunk_size.setValue(FRAMES // CHUNKS)
        qtbot.mouseClick(new.cloud, LEFT)
        await eventually(lambda: shown(window, TrustSheet))
        sheet = shown(window, TrustSheet)[0]
        await eventually(sheet.run_button.isEnabled)
        qtbot.mouseClick(sheet.run_button, LEFT)

        def job() -> JobSummary:
            (found,) = window.queue.model.jobs()
            return found

        await eventually(lambda: window.queue.model.jobs() and (job().state.is_finished or job().blocked))
        assert job().state is JobState.COMPLETED, job().reason
        assert job().profile == "cloud"
        await eventually(lambda: window.job_view.preview is not None and window.job_view.preview.frame_count == FRAMES)
        preview = window.job_view.preview
        assert preview is not None
        await eventually(lambda: not preview.image().isNull())
        assert (preview.image().width(), preview.image().height()) == (320, 180)
    assert attempts_of(image_cloud) == ["0.1", "1.1"]
    assert probe(page.with_name("index.mp4")).frames == FRAMES


def test_frames_of_a_page_come_home_as_pictures(image_cloud: Cloud, page: Path, tmp_path: Path) -> None:
    home = home_of(tmp_path, image_cloud)
    job = ("--output", "frames/####.png", "--frames", "0-2,9-11x2", "--chunk-size", "3")
    new = run_cli(home.data.parent, "new", page, *job, "--render", "--profile", "cloud", "--trust")
    assert new.returncode == 0, new.stdout + new.stderr
    assert f"5 frames (0-2, 9, 11) in {Path('frames/####.png')}, complete" in new.stdout
    frames = page.with_name("frames")
    names = [f"{number:04}.png" for number in (0, 1, 2, 9, 11)]
    assert sorted(path.name for path in frames.iterdir()) == names
    still = tmp_path / "still.png"
    size = ("--width", "320", "--height", "180", "--fps", "25")
    assert run_cli(home.data.parent, "web", page, "-o", still, "--still", "9", *size).returncode == 0
    assert frame_hashes(frames / "0009.png") == frame_hashes(still)

    (frames / "0002.png").unlink()
    attempts = attempts_of(image_cloud)
    again = run_cli(
        home.data.parent, "render", page.with_name("index.helios.json"), "--missing", "--profile", "cloud", "--trust"
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert sorted(path.name for path in frames.iterdir()) == names
    assert len(attempts_of(image_cloud)) == len(attempts) + 1, "only the chunk of the missing frame was rendered"


async def test_a_canary_measures_the_workers_of_the_cloud(
    qtbot: QtBot, image_cloud: Cloud, page: Path, tmp_path: Path
) -> None:
    before = sorted(page.parent.rglob("*"))
    async with open_window(home_of(tmp_path, image_cloud)) as window:
        drop(window, page)
        await eventually(lambda: shown(window, NewRenderSheet))
        new = shown(window, NewRenderSheet)[0]
        await eventually(lambda: new.panel.command.toPlainText())
        assert new.panel.canary.isHidden(), "this computer is chosen"
        new.places.setCurrentRow(1)
        assert new.panel.canary.text() == "In “cloud” …"
        await eventually(new.panel.canary.isEnabled)
        qtbot.mouseClick(new.panel.canary, LEFT)
        await eventually(lambda: shown(window, ConfirmSheet))
        asked = shown(window, ConfirmSheet)[0]
        assert "12 frames are rendered by the workers of “cloud”" in asked.body.text()
        assert image_cloud.profile.upload_url in asked.body.text()
        assert not image_cloud.objects(), "nothing is sent before the answer"
        qtbot.mouseClick(asked.yes, LEFT)
        await eventually(lambda: new.panel.filmstrip.shown == [0, 2, 5, 11])
        await eventually(lambda: "s per frame" in new.panel.measured.text())
        await eventually(lambda: "test frames rendered with “cloud”" in new.place_note.text())
        new.places.setCurrentRow(0)
        await eventually(lambda: "Nothing was rendered with “Local”" in new.place_note.text())
        new.reject()
    assert sorted(page.parent.rglob("*")) == before


@pytest.mark.parametrize("image_cloud", [{"HELIOS_BROWSER": "/usr/bin/no-browser"}], indirect=True)
def test_a_worker_without_a_browser_is_told_of_before_anything_is_sent(
    image_cloud: Cloud, page: Path, tmp_path: Path
) -> None:
    home = home_of(tmp_path, image_cloud)
    looked = run_cli(home.data.parent, "doctor", "--profile", "cloud")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert "There is no browser: web pages cannot be rendered there." in looked.stdout
    done = run_cli(home.data.parent, "render", write_job(page), "--profile", "cloud", "--trust")
    assert done.returncode == 1
    assert "This job renders a web page, and the " in done.stdout + done.stderr
    assert " has no browser." in done.stdout + done.stderr
    assert ".heliosignore" not in done.stdout + done.stderr, "the page does not name what is left out"
    assert not image_cloud.objects()
