"""What a page says, what a person wants, and the job that comes of it. No browser is needed for this part."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from helios_gui.jobfile.command_line import parse_command
from helios_gui.jobfile.job_files import load_job
from helios_gui.sources.page import PageFacts, PageKind, PageRequest
from helios_gui.sources.planned_job import PlannedJob, plan_source_job, save_planned_job
from helios_gui.sources.source import UnknownDurationError
from helios_gui.types import JobSpec, UserInputError
from helios_gui.web.encoding import Sound

SAID = PageFacts(width=640, height=360, seconds=Fraction(10), fps=Fraction(25))


def plan(page: Path, said: PageFacts = SAID, **options: Any) -> PlannedJob:
    numbered, force = options.pop("numbered", False), options.pop("force", False)
    return plan_source_job(PageKind(), PageRequest(source=page, **options), said, numbered=numbered, force=force)


def arguments(spec: JobSpec, chunk: int = 0) -> list[str]:
    return list(parse_command(spec.chunks[chunk].command))


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "film.html"
    path.write_text("<p>Hello")
    return path


def test_what_is_not_given_comes_from_the_page(page: Path) -> None:
    job = plan(page, processors=2)
    assert job.path == page.with_name("film.helios.json")
    metadata = job.spec.metadata
    assert (metadata.width, metadata.height, metadata.rate, metadata.total_frames) == (640, 360, 25, 250)
    assert job.spec.output_file == "film.mp4"
    assert [(chunk.start_frame, chunk.frame_count) for chunk in job.spec.chunks] == [
        (0, 63), (63, 63), (126, 62), (188, 62),
    ]  # fmt: skip
    assert arguments(job.spec, 1) == [
        *("helios-gui", "web", "film.html", "-o", "film_part_0001.mp4", "--start", "63", "--count", "63"),
        *("--fps", "25", "--width", "640", "--height", "360"),
    ]


def test_what_is_given_comes_first(page: Path) -> None:
    job = plan(page, frames=48, fps=Fraction(24000, 1001), width=320, height=180, chunk_size=20)
    metadata = job.spec.metadata
    assert (metadata.width, metadata.height, metadata.total_frames) == (320, 180, 48)
    assert metadata.rate == Fraction(24000, 1001)
    assert "24000/1001" in arguments(job.spec)
    assert [chunk.frame_count for chunk in job.spec.chunks] == [20, 20, 8]
    assert plan(page, seconds=Fraction(2)).spec.metadata.total_frames == 50


def test_a_page_that_says_nothing_is_full_hd_at_thirty_frames(page: Path) -> None:
    metadata = plan(page, PageFacts(), frames=30).spec.metadata
    assert (metadata.width, metadata.height, metadata.rate) == (1920, 1080, 30)


@pytest.mark.parametrize("duration", [None, 0.0, -1.0])
def test_a_video_whose_length_nobody_says_is_refused(page: Path, duration: float | None) -> None:
    with pytest.raises(UnknownDurationError, match=r"film\.html does not say how long") as caught:
        plan(page, PageFacts(seconds=None if duration is None else Fraction(duration)))
    assert "--duration" in caught.value.hint


@pytest.mark.parametrize(
    ("said", "exact"), [(29.97, Fraction(30000, 1001)), (23.976, Fraction(24000, 1001)), (12.5, Fraction(25, 2))]
)
def test_rates_of_pages_become_exact(page: Path, said: float, exact: Fraction) -> None:
    spec = plan(page, PageFacts(fps=Fraction(said), seconds=Fraction(2))).spec
    assert spec.metadata.rate == exact
    assert str(exact) in arguments(spec)


@pytest.mark.parametrize(
    ("frames", "processors", "chunks"),
    [(1, 8, 1), (59, 8, 1), (60, 8, 2), (240, 2, 4), (10_000, 2, 17), (10_000, 16, 32), (480, 16, 16)],
)
def test_automatic_chunks_are_two_a_processor_and_neither_tiny_nor_huge(
    page: Path, frames: int, processors: int, chunks: int
) -> None:
    sizes = [chunk.frame_count for chunk in plan(page, frames=frames, processors=processors).spec.chunks]
    assert len(sizes) == chunks
    assert sum(sizes) == frames
    assert max(sizes) <= 600


@pytest.mark.parametrize(
    "name", ["Größe 1.html", 'it\'s "{quoted}".htm', "-dash.html", "frame_####.html", "100 %d.HTML"]
)
def test_every_name_of_a_page_reaches_the_command(tmp_path: Path, name: str) -> None:
    page = tmp_path / name
    job = plan(page)
    save_planned_job(job)
    command = arguments(load_job(job.path))
    assert tmp_path / command[2] == page
    assert not command[2].startswith("-")
    assert command[4] == job.spec.chunks[0].output_file


def test_props_reach_the_command_as_they_are(page: Path) -> None:
    props = {"title": 'It\'s "{big}" & <small> %d $HOME `x` \\ ü', "list": [1, {"a": None}], "on": True}
    command = arguments(plan(page, props=props).spec)
    (value,) = [argument.removeprefix("--props=") for argument in command if argument.startswith("--props=")]
    assert json.loads(value) == props


def test_a_file_of_props_is_named_where_it_goes_with_the_job(page: Path, tmp_path: Path) -> None:
    beside = page.with_name("values.json")
    assert "--props=values.json" in arguments(plan(page, props={"a": 1}, props_file=beside).spec)
    elsewhere = tmp_path.parent / "values.json"
    assert '--props={"a":1}' in arguments(plan(page, props={"a": 1}, props_file=elsewhere).spec)
    with pytest.raises(UserInputError, match="too many for a command"):
        plan(page, props={"a": "x" * 30_000})


@pytest.mark.parametrize(
    ("options", "said", "size"),
    [
        ({"width": 320}, {"width": 640, "height": 360}, (320, 180)),
        ({"height": 190}, {"width": 640, "height": 360}, (338, 190)),
        ({"width": 300, "height": 300}, {"width": 640, "height": 360}, (300, 300)),
        ({}, {"width": 1280}, (1280, 720)),
        ({"height": 90}, {"height": 720}, (160, 90)),
        ({"width": 1280}, {}, (1280, 720)),
    ],
)
def test_a_side_that_nobody_gives_follows_the_other_one(
    options: dict[str, int], said: dict[str, int], size: tuple[int, int], page: Path
) -> None:
    facts = PageFacts(**said, seconds=Fraction(1))
    spec = plan(page, facts, **options).spec
    assert (spec.metadata.width, spec.metadata.height) == size


def test_the_other_options_reach_the_command(page: Path) -> None:
    spec = plan(
        page, scale=2.0, language="pt-BR", transparent=True, codec="vp9", hosts=("a.example",), forgiving=True
    ).spec
    assert (spec.metadata.width, spec.metadata.height) == (1280, 720)
    assert spec.output_file == "film.webm"
    shown = ["--scale", "2", "--language", "pt-BR", "--transparent"]
    rest = [*shown, "--codec", "vp9", "--allow-host", "a.example", "--ignore-page-errors"]
    assert arguments(spec)[-len(rest) :] == rest
    assert plan(page, transparent=True).spec.output_file == "film.mov"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"width": 641}, "even width"),
        ({"width": 20_000}, "cannot be shown at 20000"),
        ({"scale": float("nan")}, "cannot be shown"),
        ({"scale": 30.0}, "cannot be shown"),
        ({"language": "Deutsch!"}, "Deutsch! is the name of no language"),
        ({"codec": "h264", "transparent": True}, "keeps no transparency"),
        ({"output": "film.gif"}, "not rendered to film.gif"),
        ({"output": "film.mp4", "codec": "vp9"}, "does not go into a .mp4"),
    ],
)
def test_what_could_not_be_rendered_is_refused_now(page: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UserInputError, match=words):
        plan(page, **options)


def test_the_video_may_go_anywhere_and_inside_the_folder_its_name_is_relative(page: Path, tmp_path: Path) -> None:
    film = tmp_path.parent / "elsewhere" / "film.mp4"
    assert plan(page, output=str(film)).spec.output_file == str(film)
    assert plan(page, output="../film.mp4").spec.output_file == "../film.mp4"
    made = plan(page, output=str(page.parent / "out" / "{name}.mp4"))
    assert made.spec.output_file == f"out/{page.stem}.mp4"
    assert all("/" not in chunk.output_file for chunk in made.spec.chunks)


def test_a_job_file_is_reused_and_no_other_is_replaced(page: Path) -> None:
    first = plan(page)
    save_planned_job(first)
    assert plan(page) == PlannedJob(first.spec, first.path, is_there=True)
    page.with_name("film.mp4").write_bytes(b"the video of an earlier render")
    assert plan(page).is_there
    with pytest.raises(UserInputError, match="exists already") as caught:
        plan(page, frames=10)
    assert "--force" in caught.value.hint
    assert plan(page, frames=10, force=True).path == first.path


def test_a_number_keeps_a_second_job_apart_from_the_first(page: Path) -> None:
    save_planned_job(plan(page))
    second = plan(page, frames=10, numbered=True)
    assert second.path.name == "film 2.helios.json"
    assert second.spec.output_file == "film 2.mp4"
    assert second.spec.chunks[0].output_file == "film 2_part_0000.mp4"
    save_planned_job(second)
    assert plan(page, frames=10, numbered=True) == PlannedJob(second.spec, second.path, is_there=True)
    assert plan(page, frames=20, numbered=True).path.name == "film 3.helios.json"


def test_a_video_that_the_page_may_show_is_not_replaced(page: Path) -> None:
    page.with_name("film.mp4").write_bytes(b"a video beside the page")
    assert plan(page).spec.output_file == "film 2.mp4"


def test_a_job_file_elsewhere_names_the_page_in_full(page: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "jobs" / "today.helios.json"
    elsewhere.parent.mkdir()
    spec = plan(page, job=elsewhere).spec
    assert arguments(spec)[2] == str(page)
    assert (spec.name, spec.output_file) == ("today", "today.mp4")
    assert arguments(plan(page, job=tmp_path.parent / "x.json").spec)[2] == f"{tmp_path.name}/film.html"


def test_a_folder_that_cannot_be_written_to_is_told(page: Path, tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="no folder"):
        plan(page, job=tmp_path / "gone" / "job.helios.json")
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("root may write everywhere")
        with pytest.raises(UserInputError, match="cannot be written to"):
            plan(page)
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("output", "codec", "part", "options"),
    [
        ("film.mp4", "", ".mov", ["--codec", "h264", "--sound", "on"]),
        ("film.webm", "", ".mkv", ["--codec", "vp9", "--sound", "on"]),
        ("film.mov", "prores", ".mov", ["--codec", "prores", "--sound", "on"]),
        ("film.mkv", "", ".mkv", ["--sound", "on"]),
    ],
)
def test_chunks_of_a_page_that_is_heard_hold_sound_that_joins_without_a_seam(
    page: Path, output: str, codec: str, part: str, options: list[str]
) -> None:
    heard = replace(SAID, sound=True)
    spec = plan(page, heard, output=output, codec=codec, frames=30).spec
    assert spec.output_file == output
    assert arguments(spec)[4].endswith(f"_0000{part}")
    assert arguments(spec)[-len(options) :] == options


def test_sound_is_what_a_person_wants_first(page: Path) -> None:
    silent = replace(SAID, sound=False)
    assert "--sound" not in arguments(plan(page, silent).spec)
    assert arguments(plan(page, silent, sound=Sound.ON).spec)[-2:] == ["--sound", "on"]
    off = plan(page, replace(SAID, sound=True), sound=Sound.OFF).spec
    assert (arguments(off)[4], *arguments(off)[-2:]) == ("film_part_0000.mp4", "--sound", "off")


def test_where_nobody_knows_of_sound_each_chunk_may_have_it(page: Path) -> None:
    command = arguments(plan(page, replace(SAID, sound=None)).spec)
    assert command[4] == "film_part_0000.mov"
    assert "--sound" not in command


def test_a_frame_list_leaves_frames_out_and_says_so(page: Path) -> None:
    said = replace(SAID, sound=True)
    job = plan(page, said, frame_list="0-4,40", chunk_size=100)
    assert [chunk.frames for chunk in job.spec.chunks] == [range(5), range(40, 41)]
    assert (job.spec.frame_list, job.spec.metadata.total_frames) == ("0-4,40", 6)
    assert "--sound on" in job.spec.chunks[0].command
    assert job.notes == ("The frames 0-4,40 follow one another; those between them are left out.",)
    save_planned_job(job)
    assert load_job(job.path) == job.spec

    stepped = plan(page, said, frame_list="0-40x10", chunk_size=100, force=True)
    assert arguments(stepped.spec)[5:11] == ["--start", "0", "--count", "5", "--step", "10"]
    assert "--sound off" in stepped.spec.chunks[0].command
    assert stepped.notes[-1] == "The page has sound, which is left out."
    with pytest.raises(UserInputError, match="have no sound"):
        plan(page, said, frame_list="0-40x10", sound=Sound.ON)
    with pytest.raises(UserInputError, match="holds no frame"):
        plan(page, said, frame_list="5-1")


def test_pictures_may_be_the_result(page: Path) -> None:
    job = plan(page, replace(SAID, sound=True), output="{name} {fps}/{frame:05}.png", frame_list="3,8-9", chunk_size=5)
    assert job.spec.output_file == "film 25/#####.png"
    assert {chunk.output_file for chunk in job.spec.chunks} == {job.spec.output_file}
    assert job.spec.frame_list is None
    assert job.notes[-1] == "The page has sound, which is left out."
    with pytest.raises(UserInputError, match="become PNG pictures"):
        plan(page, output="f_####.exr")
    with pytest.raises(UserInputError, match="become PNG pictures"):
        plan(page, output="f_####.png", codec="h264")


def test_a_preset_encodes_the_chunks_and_names_the_output(page: Path) -> None:
    job = plan(page, preset="vp9")
    assert job.spec.output_file == "film.webm"
    assert job.spec.chunks[0].output_file == "film_part_0000.webm"
    assert arguments(job.spec)[-2:] == ["--preset", "vp9"]
    heard = plan(page, replace(SAID, sound=True), preset="av1").spec
    assert heard.output_file == "film.mp4"
    assert heard.chunks[0].output_file == "film_part_0000.mkv", "which holds AV1 and PCM"


def test_a_preset_of_the_job_goes_with_the_command(page: Path) -> None:
    folder = page.parent / "presets"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'title = "Mine"\nkinds = ["page"]\nsuffixes = [".mkv"]\n[description]\nen = "Mine."\n'
        '[video]\nencoder = "ffv1"\npixel_formats = ["gbrp"]\n[audio]\nencoder = "flac"\n'
    )
    job = plan(page, preset="mine")
    assert job.spec.output_file == "film.mkv"
    command = arguments(job.spec)
    assert json.loads(command[command.index("--preset") + 1])["video"]["encoder"] == "ffv1"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"preset": "none"}, "There is no preset"),
        ({"preset": "prores-proxy"}, "not for web pages"),
        ({"preset": "h264", "codec": "h264"}, "say the same"),
        ({"preset": "h264", "output": "film.webm"}, r"makes no \.webm files"),
        ({"preset": "h264", "transparent": True}, "keeps no transparency"),
        ({"preset": "h264", "width": 33}, "even width"),
        ({"preset": "png-frames", "output": "film.png"}, "does not say where the number of a frame goes"),
        ({"preset": "png-frames", "output": "####.exr"}, "become PNG pictures"),
        ({"preset": "exr-frames"}, "The preset exr-frames is not for web pages"),
        ({"preset": "png-frames", "sound": Sound.ON}, "have no sound"),
    ],
)
def test_a_preset_that_does_not_suit_is_refused(page: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UserInputError, match=words):
        plan(page, **options)


def test_formats_are_codecs_and_the_presets_for_pages(page: Path) -> None:
    formats = {one.name: one for one in PageKind().formats(SAID)}
    assert formats["av1"].changes == {"codec": "", "preset": "av1", "transparent": False}
    assert formats["h264"].changes == {"codec": "h264", "preset": "", "transparent": False}
    assert not {"prores-proxy", "exr-frames"} & set(formats)
    for one in formats.values():
        assert plan(page, **one.changes).spec.output_file == f"film{one.suffix}"


@pytest.mark.parametrize("transparent", [False, True])
def test_a_preset_of_pictures_has_the_frames_as_the_result(page: Path, *, transparent: bool) -> None:
    job = plan(page, replace(SAID, sound=True), preset="png-frames", transparent=transparent, chunk_size=100)
    assert {chunk.output_file for chunk in job.spec.chunks} == {job.spec.output_file} == {"film_pictures/####.png"}
    assert "--preset" not in arguments(job.spec)
    assert ("--transparent" in arguments(job.spec)) is transparent
    assert list(job.notes) == ["The page has sound, which is left out."]
