"""``helios-gui new``: from a page to its job and its video, with a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.cli import main
from helios_gui.jobfile.job_files import load_job
from helios_gui.profiles.store import ProfileStore
from helios_gui.utils.folders import AppFolders
from tests.support.browsers import require_browser
from tests.support.cli import run_cli

NAME = "Größe 1.html"

PAGE = """<!doctype html><meta charset=utf-8><style>body{margin:0}</style><script>
window.helios = {width: 64, height: 36, fps: 29.97, duration: 2.5};
requestAnimationFrame(function draw(time) {
  const grey = Math.round(time * 30 / 1001) * 3;
  document.body.style.background = `rgb(${grey},${grey},${grey})`;
  requestAnimationFrame(draw);
});
console.log(`props ${JSON.stringify(window.__HELIOS_PROPS__ ?? null)}`);
</script><body>"""


@pytest.fixture
def page(work: Path) -> Path:
    require_browser()
    path = work / NAME
    path.write_text(PAGE, encoding="utf-8")
    return path


def greys(video: Path) -> list[int]:
    """Return the value of the first pixel of every frame, 0 to 255."""
    with av.open(str(video)) as container:
        return [bytes(frame.reformat(format="rgb24").planes[0])[0] for frame in container.decode(video=0)]


def test_a_page_becomes_a_video_with_every_frame_once(home: Path, page: Path, work: Path) -> None:
    answer = run_cli(home, "new", page, "--chunk-size", "30", "--render", "--trust")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    video = work / "Größe 1.mp4"
    with av.open(str(video)) as container:
        assert container.streams.video[0].average_rate == load_job(page.with_suffix(".helios.json")).metadata.rate
    assert [round(grey / 3) for grey in greys(video)] == list(range(75))


def test_props_with_quotes_reach_the_page(home: Path, page: Path) -> None:
    title = 'It\'s "{big}" & %d $HOME ü'
    answer = run_cli(
        home, "new", page, "--set", f"title={title}", "--set", "n=3", "--frames", "1", "--render", "--trust"
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    told = f"[page] props {json.dumps({'title': title, 'n': 3}, ensure_ascii=False, separators=(',', ':'))}"
    assert told in answer.stderr.splitlines()
    (log,) = (home / "data" / "logs").rglob("*.log")
    assert told in log.read_text(encoding="utf-8")


def test_the_job_file_is_written_and_nothing_is_rendered(
    home: Path, page: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", str(page)]) == 0
    job = work / "Größe 1.helios.json"
    assert capsys.readouterr().out.splitlines() == [
        f"Wrote {job}: frames 0–74 in 2 chunks of 37 to 38 frames, 64 × 36 at 30000/1001 frames/s.",
        f"Render it with: helios-gui render '{job}'",
    ]
    assert sorted(path.name for path in work.iterdir()) == sorted([NAME, job.name])
    assert main(["new", str(page)]) == 0
    assert "is there already" in capsys.readouterr().out
    assert main(["new", str(page), "--frames", "10"]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["new", str(page), "--frames", "10", "--force"]) == 0
    assert load_job(job).metadata.total_frames == 10


def test_permission_is_asked_as_for_any_job_file(home: Path, page: Path, work: Path) -> None:
    answer = run_cli(home, "new", page, "--render")
    assert answer.returncode == 2
    assert "--trust" in answer.stderr
    assert not list(work.glob("*.mp4"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--frames", "3", "--duration", "1"], "say the same"),
        (["--frames", "1-5,many"], "part 2 of 2 of the list"),
        (["--frames", "0"], "no frames to render"),
        (["--frames", "9-3"], "“9-3” holds no frame"),
        (["--duration", "soon"], "no length of a video"),
        (["--fps", "fast"], "no frame rate"),
        (["--set", "title"], "no KEY=VALUE"),
        (["--set", "a=1", "--props", "[1]"], "JSON object"),
        (["--trust"], "Add --render"),
    ],
)
def test_options_that_cannot_be_used_are_named(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    (work / "page.html").write_text("<p>")
    assert main(["new", str(work / "page.html"), *options]) == 2
    assert words in capsys.readouterr().err
    assert not list(work.glob("*.json"))


def test_frames_may_be_a_range_and_the_output_have_tokens(
    home: Path, page: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", str(page), "--frames", "5-64", "-o", "{name} {width}x{height} {version}.mov"]) == 0
    assert "frames 5–64" in capsys.readouterr().out
    spec = load_job(work / "Größe 1.helios.json")
    assert (spec.chunks[0].start_frame, spec.metadata.total_frames) == (5, 60)
    assert spec.output_file == "Größe 1 64x36 v001.mov"


def test_a_file_of_no_kind_is_refused(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "notes.txt").touch()
    assert main(["new", str(work / "notes.txt")]) == 2
    answer = capsys.readouterr().err
    assert "not made of notes.txt" in answer
    assert ".html" in answer


def test_a_job_and_its_source_are_told_apart(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "film.helios.json").write_text("{}")
    (work / "film.mp4").touch()
    assert main(["new", str(work / "film.helios.json")]) == 2
    assert "film.helios.json is a job file already" in capsys.readouterr().err
    assert main(["render", str(work / "film.mp4")]) == 2
    assert f"helios-gui new {work / 'film.mp4'} --render" in capsys.readouterr().err
    assert main(["presets", str(work / "none")]) == 2
    assert "There is no folder" in capsys.readouterr().err


def test_a_page_without_a_length_needs_one(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    require_browser()
    (work / "page.html").write_text("<p>Hello")
    assert main(["new", str(work / "page.html")]) == 2
    assert "--duration" in capsys.readouterr().err
    assert main(["new", str(work / "page.html"), "--duration", "2"]) == 0
    assert "frames 0–59" in capsys.readouterr().out


def test_a_missing_browser_is_told_in_words(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIOS_BROWSER", str(work / "no-browser"))
    (work / "page.html").write_text("<p>Hello")
    assert main(["new", str(work / "page.html")]) == 2
    assert "There is no browser at" in capsys.readouterr().err


def test_chunks_are_as_many_as_a_cloud_renders_at_a_time(home: Path, page: Path, work: Path) -> None:
    folders = AppFolders.at(home).create()
    address = "http://127.0.0.1:9"  # nobody listens there
    farm = OwnWorkerProfile(name="farm", service_url=address, storage_url=str(work / "share"), concurrency=50)
    ProfileStore(folders.profiles).save((LocalProfile(name="Local"), farm), "Local")
    options = ("--frames", "300", "--render", "--retries", "0", "--trust")
    answer = run_cli(home, "new", page, *options, "--profile", "nowhere")
    assert answer.returncode != 0
    assert "nowhere" in answer.stderr
    assert not page.with_suffix(".helios.json").exists()
    answer = run_cli(home, "new", page, *options, "--profile", "farm")
    assert f"{address} cannot be reached" in answer.stdout + answer.stderr
    assert len(load_job(page.with_suffix(".helios.json")).chunks) == 10, "of 30 frames each, which is the least"


def test_every_row_of_a_table_becomes_a_video(home: Path, page: Path, work: Path) -> None:
    (work / "rows.csv").write_text("title,n\nOne,1\nTwo,2\n")
    answer = run_cli(
        home, "new", page, "--rows", "rows.csv", "-o", "{title}.mp4", "--frames", "2", "--render", "--trust", cwd=work
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "2 of 2 rows are rendered. They took 0:" in answer.stdout
    assert [len(greys(work / name)) for name in ("One.mp4", "Two.mp4")] == [2, 2]
    assert sorted(path.name for path in (work / "Größe 1 stills").iterdir()) == ["Größe 1 01.png", "Größe 1 02.png"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rows", "none.csv"], "cannot be read"),
        (["--rows", "rows.csv", "-o", "film.mp4"], "All rows would make film.mp4"),
        (["--rows", "rows.csv", "--save", "none"], "There is no folder none"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    (work / "page.html").write_text("<p>")
    (work / "rows.csv").write_text("a\n1\n")
    options = [str(work / one) if one == "rows.csv" else one for one in options]
    assert main(["new", str(work / "page.html"), *options]) == 2
    assert words in capsys.readouterr().err


def test_an_option_of_another_kind_is_refused(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "film.mp4").touch()
    (work / "rows.csv").write_text("a\n1\n")
    for options in (["--scale", "2"], ["--rows", str(work / "rows.csv")], ["--transparent"]):
        assert main(["new", str(work / "film.mp4"), *options]) == 2
        answer = capsys.readouterr().err
        assert f"{options[0]} is not for film.mp4" in answer
        assert ".html, .htm" in answer
