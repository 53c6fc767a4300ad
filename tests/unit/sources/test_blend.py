"""What a .blend says, what a person wants, and the job that comes of it. No Blender is needed for this part."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from helios_gui.blender.scene import BlendScenes, ExternalFile, Scene
from helios_gui.jobfile.command_line import parse_command
from helios_gui.jobfile.job_files import load_job
from helios_gui.jobfile.merge_command import replaceable_merge
from helios_gui.profiles.review import review_job
from helios_gui.sources.blend import BlendFacts, BlendKind, BlendRequest
from helios_gui.sources.planned_job import PlannedJob, plan_source_job, save_planned_job
from helios_gui.storage.bundle import scan_job
from helios_gui.types import JobSpec, UserInputError


def scene(**changes: Any) -> Scene:
    said: dict[str, Any] = {"name": "Scene", "scenes": ("Scene",), "cameras": ("Camera",), "camera": "Camera"}
    said |= {"start": 1, "end": 100, "fps": Fraction(24), "resolution": (960, 540), "view_transform": "Filmic"}
    said["samples"] = {"CYCLES": 4096, "BLENDER_EEVEE": 64}
    return Scene(**{**said, **changes})


def facts(**changes: Any) -> BlendFacts:
    found = scene(**changes)
    return BlendFacts(
        scene=found,
        blend=BlendScenes(found, (found,)),
        width=found.size()[0],
        height=found.size()[1],
        fps=found.fps,
        first_frame=found.start,
        frames=found.end - found.start + 1,
        missing=tuple(file.path for file in found.files if not file.there),
    )


def several(*scenes: Scene) -> BlendFacts:
    names = tuple(one.name for one in scenes)
    found = tuple(replace(one, scenes=names) for one in scenes)
    return replace(facts(), scene=found[0], blend=BlendScenes(found[0], found))


def external(path: Path, written: str = "//x.png") -> ExternalFile:
    return ExternalFile(what="image", name="x", written=written, path=str(path), there=path.exists())


@pytest.fixture
def blend(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "Größe {1}.blend"
    path.parent.mkdir()
    path.write_bytes(b"BLENDER-v304RENDH")
    return path


def plan(blend: Path, said: BlendFacts | None = None, **options: Any) -> PlannedJob:
    return plan_source_job(BlendKind(), BlendRequest(source=blend, **options), said or facts())


def arguments(spec: JobSpec, chunk: int = 0) -> list[str]:
    return list(parse_command(spec.chunks[chunk].command))


def test_what_is_not_given_comes_from_the_scene(blend: Path) -> None:
    job = plan(blend, processors=2)
    metadata = job.spec.metadata
    assert (metadata.width, metadata.height, metadata.rate, metadata.total_frames) == (960, 540, 24, 100)
    assert [(one.start_frame, one.frame_count) for one in job.spec.chunks] == [(1, 25), (26, 25), (51, 25), (76, 25)]
    assert {one.output_file for one in job.spec.chunks} == {"Größe {1}_frames/####.png"}
    assert arguments(job.spec, 1) == [
        *("helios-gui", "blend", "Größe {1}.blend", "-o", "Größe {1}_frames/####.png"),
        *("--start", "26", "--count", "25", "--color", "RGB"),
    ]
    assert job.spec.output_file == "Größe {1}.mp4"
    assert job.notes == ()
    save_planned_job(job)
    assert load_job(job.path) == job.spec


def test_what_is_given_comes_first(blend: Path) -> None:
    said = facts(scenes=("Scene", "Other"), cameras=("Camera", "Left Eye"))
    options: dict[str, Any] = {"camera": "Left Eye", "engine": "BLENDER_EEVEE", "samples": 8, "width": 320}
    spec = plan(blend, said, first_frame=11, frames=20, chunk_size=15, pictures="EXR", scripts=True, **options).spec
    assert (spec.metadata.width, spec.metadata.height) == (320, 180)
    assert [(one.start_frame, one.frame_count) for one in spec.chunks] == [(11, 15), (26, 5)]
    assert spec.chunks[0].output_file.endswith("####.exr")
    assert arguments(spec)[9:] == [
        *("--scene", "Scene", "--camera", "Left Eye", "--engine", "BLENDER_EEVEE", "--samples", "8"),
        *("--width", "320", "--height", "180", "--color", "RGB", "--scripts"),
    ]
    assert plan(blend, seconds=Fraction(2)).spec.metadata.total_frames == 48
    assert plan(blend, first_frame=91).spec.metadata.total_frames == 10


def test_another_scene_is_rendered_as_it_says(blend: Path) -> None:
    titles = scene(name="Titles", start=5, end=14, step=3, fps=Fraction(30000, 1001), cameras=("Cam",), camera="Cam")
    said = several(scene(), titles)
    spec = plan(blend, said, scene="Titles").spec
    assert (spec.metadata.rate, [one.frames for one in spec.chunks]) == (Fraction(30000, 1001), [range(5, 17, 3)])
    assert "--scene Titles" in spec.chunks[0].command
    assert "--scene Scene" in plan(blend, said).spec.chunks[0].command
    with pytest.raises(UserInputError, match="has no scene “Credits”") as caught:
        plan(blend, said, scene="Credits")
    assert caught.value.hint == "It has: Scene, Titles."
    with pytest.raises(UserInputError, match="The scene “Titles” has no camera “Camera”") as caught:
        plan(blend, said, scene="Titles", camera="Camera")
    assert caught.value.hint == "It has: Cam."


def test_a_percentage_scales_the_scenes_resolution(blend: Path) -> None:
    said = facts(resolution=(1921, 1081), percent=50)
    assert plan(blend, said).spec.metadata.width == 960
    spec = plan(blend, said, percent=25).spec
    assert (spec.metadata.width, spec.metadata.height) == (480, 270)
    assert ("--percent 25" in spec.chunks[0].command, "--width" in spec.chunks[0].command) == (True, False)
    part = facts(resolution=(200, 100), border=(0.0, 0.7 - 2**-26, 0.1, 1.0), cropped=True)
    assert plan(blend, part, percent=50).spec.metadata.width == 70, "Blender counts with 32-bit numbers"
    with pytest.raises(UserInputError, match="say the same"):
        plan(blend, said, percent=25, height=100)


def test_an_engine_that_blender_does_not_have_is_refused(blend: Path) -> None:
    said = facts(engines=("BLENDER_EEVEE", "CYCLES"))
    assert "--engine CYCLES" in plan(blend, said, engine="CYCLES").spec.chunks[0].command
    with pytest.raises(UserInputError, match=r"no engine cycles") as refused:
        plan(blend, said, engine="cycles")
    assert refused.value.hint == "It has: BLENDER_EEVEE, CYCLES."


def test_samples_are_for_engines_that_have_them(blend: Path) -> None:
    said = facts(engine="BLENDER_WORKBENCH", samples={"CYCLES": 128, "BLENDER_EEVEE": 64})
    assert "--samples 8" in plan(blend, said, engine="CYCLES", samples=8).spec.chunks[0].command
    assert "--samples 8" in plan(blend, said, engine="BLENDER_EEVEE_NEXT", samples=8).spec.chunks[0].command
    with pytest.raises(UserInputError, match="The engine BLENDER_WORKBENCH has no samples to set"):
        plan(blend, said, samples=8)


def test_a_person_may_choose_what_there_is_to_choose(blend: Path) -> None:
    kind, request = BlendKind(), BlendRequest(source=blend)
    plain = facts(engine="BLENDER_WORKBENCH")
    assert [one.name for one in kind.own_fields(request, plain) if one.is_shown] == ["percent"]
    marked = scene(name="Titles", cameras=("A", "B"), markers=((1, "A"),), percent=50, samples={"CYCLES": 128})
    said = several(scene(camera=None, samples={}), marked, scene(name="Empty", camera=None, cameras=()))
    fields = {one.name: one for one in kind.own_fields(request, said)}
    assert [name for name, one in fields.items() if one.is_shown] == ["scene", "camera", "percent"]
    assert fields["scene"].options == (("", "Scene"), ("Titles", "Titles"), ("Empty", "Empty"))
    assert fields["camera"].options == (("", "Choose one …"), ("Camera", "Camera"))
    fields = {one.name: one for one in kind.own_fields(replace(request, scene="Titles"), said)}
    assert fields["camera"].options == (("", "As the markers say"), ("A", "A"), ("B", "B"))
    assert (fields["samples"].usual, fields["percent"].usual) == (128, 50)
    with pytest.raises(UserInputError, match="“Scene” has no camera to render with") as caught:
        plan(blend, said)
    assert caught.value.hint == "It has: Camera. Choose one with --set camera."
    assert "--camera Camera" in plan(blend, said, camera="Camera").spec.chunks[0].command
    with pytest.raises(UserInputError) as caught:
        plan(blend, said, scene="Empty")
    assert "Set Active Object as Camera" in caught.value.hint


OWN = """
title = "Mine"
kinds = ["blend"]
suffixes = [".mov", ".mkv"]
description = {en = "x"}
[blend]
samples = 8
[video]
encoder = "libx264"
pixel_formats = ["nonsense", "yuv420p", "yuv420p10le"]
tag = "avc3"
options = {crf = 30, preset = "fast"}
[audio]
encoder = "pcm_s16le"
"""


def test_a_preset_goes_into_the_job_and_bounds_what_the_scene_says(blend: Path) -> None:
    (blend.parent / "presets").mkdir()
    (blend.parent / "presets" / "mine.toml").write_text(OWN)
    job = plan(blend, facts(sound=True), preset="mine")
    found = json.loads(job.spec.to_json())
    assert found["frameEncoding"] == {
        "encoder": "libx264",
        "pixelFormats": ["yuv420p", "yuv420p10le"],
        "options": {"crf": 30, "preset": "fast"},
        "tag": "avc3",
    }
    assert found["tracksFrom"] == {"file": "Größe {1}.blend", "audioCodec": "pcm_s16le"}
    assert (found["outputFile"], "mergeCommand" in found) == ("Größe {1}.mov", False)
    assert "--samples 8" in job.spec.chunks[0].command
    few = facts(samples={"CYCLES": 4})
    assert "--samples" not in plan(blend, few, preset="mine").spec.chunks[0].command
    spec = plan(blend, facts(percent=75), preset="preview", samples=300, output="a.mov").spec
    assert ((spec.metadata.width, spec.metadata.height), "--samples 300 --percent 50" in spec.chunks[0].command) == (
        (480, 270),
        True,
    )
    assert "--percent" not in plan(blend, preset="preview", width=64, output="b.mov").spec.chunks[0].command
    assert (
        "--samples" not in plan(blend, facts(engine="OTHER"), preset="preview", output="c.mov").spec.chunks[0].command
    )
    fields = {one.name: one.usual for one in BlendKind().own_fields(BlendRequest(source=blend, preset="mine"), facts())}
    assert (fields["samples"], fields["percent"]) == (8, 100)
    for options, words in (
        ({"preset": "none"}, "There is no preset “none”"),
        ({"preset": "prores-proxy"}, "The preset prores-proxy is not for Blender files"),
        ({"preset": "mine", "codec": "h265"}, "--codec and --preset say the same"),
        ({"preset": "h265", "width": 8, "height": 8}, "holds pictures with sides of 16 to"),
        ({"preset": "mine", "output": "x.webm"}, "The preset mine makes no .webm files"),
        ({"preset": "png-frames", "output": "x.png"}, "does not say where the number of a frame goes"),
        ({"preset": "png-frames", "output": "####.exr"}, "The preset png-frames makes no .exr files"),
    ):
        with pytest.raises(UserInputError, match=words):
            plan(blend, **options)
    save_planned_job(job)
    assert load_job(job.path) == job.spec


def test_a_preset_may_make_pictures(blend: Path) -> None:
    job = plan(blend, facts(sound=True, format="FFMPEG", transparent=True), preset="exr-frames")
    assert job.spec.output_file == job.spec.chunks[0].output_file == "Größe {1}_pictures/####.exr"
    assert (job.spec.frame_encoding, job.spec.tracks_from, "--color RGBA" in job.spec.chunks[0].command) == (
        *(None, None),
        True,
    )
    notes = "".join(job.notes)
    assert "rendered to .exr pictures" in notes
    assert "The scene has sound, which is not in the video" in notes


@pytest.mark.parametrize(
    ("changes", "words"), [({"views": True}, "several views of each frame"), ({"end": 0}, "ends at frame 0, before")]
)
def test_scenes_that_make_no_video_are_refused(blend: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserInputError, match=words):
        plan(blend, facts(**changes))


def test_exact_rates_reach_the_job(blend: Path) -> None:
    assert plan(blend, facts(fps=Fraction(24000, 1001))).spec.metadata.rate == Fraction(24000, 1001)
    assert plan(blend, facts(fps=Fraction(1_234_567, 54_321))).spec.metadata.rate == Fraction(1_234_567, 54_321)


def test_a_transparent_background_is_kept_where_the_video_can(blend: Path) -> None:
    said = facts(transparent=True, color_mode="RGBA")
    spec = plan(blend, said).spec
    assert spec.output_file == "Größe {1}.mov"
    assert "RGBA" in arguments(spec)
    plain = [".mp4", ".mp4", ".mov", ".webm"]
    plain += [".mp4", "_pictures/####.exr", "_pictures/####.png", ".mp4"]  # av1, exr-frames, png-frames, preview
    assert [one.suffix for one in BlendKind().formats(said)] == [".mov", ".webm", *plain]
    assert [one.suffix for one in BlendKind().formats(facts())] == plain
    assert "RGBA" not in arguments(plan(blend, said, codec="h265").spec)
    job = plan(blend, said, output="film.mp4")
    assert "RGB" in arguments(job.spec)
    assert "in the video it is black" in "".join(job.notes)
    assert "BW" in arguments(plan(blend, facts(color_mode="BW")).spec)


def test_a_step_of_the_scene_leaves_frames_out(blend: Path) -> None:
    job = plan(blend, facts(start=10, end=50, step=4), chunk_size=8)
    assert [one.frames for one in job.spec.chunks] == [range(10, 42, 4), range(42, 54, 4)]
    assert arguments(job.spec, 1)[5:11] == ["--start", "42", "--count", "3", "--step", "4"]
    assert "Only one frame in 4 of the scene is rendered" in "".join(job.notes)
    spec = plan(blend, facts(start=10, end=50, step=4), first_frame=10, frames=8).spec  # --frames 10-17
    assert [one.frames for one in spec.chunks] == [range(10, 18, 4)]


def test_a_frame_list_names_the_frames(blend: Path) -> None:
    job = plan(blend, facts(sound=True, step=3), frame_list="1-20,40,60-90x10", chunk_size=15)
    frames = [range(1, 16), range(16, 21), range(40, 41), range(60, 100, 10)]
    assert [one.frames for one in job.spec.chunks] == frames
    assert arguments(job.spec, 3)[5:11] == ["--start", "60", "--count", "4", "--step", "10"]
    assert job.spec.tracks_from is None
    assert "those between them are left out" in "".join(job.notes)
    assert "The scene has sound, which is not in the video" in "".join(job.notes)
    assert plan(blend, facts(sound=True, step=3), frame_list="5-9x1").spec.tracks_from is not None
    with pytest.raises(UserInputError, match="says its steps itself"):
        plan(blend, frame_list="1-9", step=2)
    with pytest.raises(UserInputError, match="is not baked"):
        plan(blend, facts(simulations=("Cloth",)), frame_list="1-9,20")


def test_a_blender_that_cannot_denoise_does_not_and_says_so(blend: Path) -> None:
    job = plan(blend, facts(cannot_denoise=True))
    assert "--no-denoise" in arguments(job.spec)
    assert "frames are not denoised" in "".join(job.notes)
    eevee = plan(blend, facts(cannot_denoise=True, engine="BLENDER_EEVEE"))
    assert eevee.notes == ()
    wanted = plan(blend, facts(cannot_denoise=True), denoise=True)
    assert "--no-denoise" not in arguments(wanted.spec)
    assert wanted.notes == ()
    assert "--no-denoise" in arguments(plan(blend, denoise=False).spec)


def test_pictures_may_be_the_result(blend: Path) -> None:
    job = plan(blend, facts(sound=True), output="out/shot_####.exr", frame_list="1-3,9", chunk_size=5)
    assert job.spec.output_file == "out/shot_####.exr"
    assert {one.output_file for one in job.spec.chunks} == {"out/shot_####.exr"}
    assert (job.spec.merge_command, job.spec.tracks_from) == (None, None)


@pytest.mark.parametrize(
    ("codec", "encoder", "output"),
    [("h265", "libx265", ".mp4"), ("prores", "prores_ks", ".mov"), ("vp9", "libvpx-vp9", ".webm")],
)
def test_a_codec_is_that_of_the_video(blend: Path, codec: str, encoder: str, output: str) -> None:
    job = plan(blend, codec=codec, chunk_size=50)
    assert (job.spec.output_file or "").endswith(output)
    assert f"--video-codec {encoder}" in (job.spec.merge_command or "")
    merge = replaceable_merge(job.spec)
    assert merge is not None
    assert merge.video_codec == encoder
    assert "--codec" not in arguments(job.spec)
    with pytest.raises(UserInputError, match="There is no codec “dv”"):
        plan(blend, codec="dv")


def test_the_sound_of_the_scene_comes_along_where_its_frames_are_on_time(blend: Path) -> None:
    tracks = plan(blend, facts(sound=True)).spec.tracks_from
    assert tracks is not None
    assert (tracks.file, tracks.scene) == ("Größe {1}.blend", "")
    tracks = plan(blend, facts(sound=True, scenes=("Scene", "Other"))).spec.tracks_from
    assert tracks is not None
    assert tracks.scene == "Scene"
    assert plan(blend).spec.tracks_from is None
    for said, options in ((facts(sound=True, step=2), {}), (facts(sound=True), {"fps": Fraction(25)})):
        job = plan(blend, said, **options)
        assert job.spec.tracks_from is None
        assert "The scene has sound" in "".join(job.notes)
    assert plan(blend, facts(sound=True), sound=False).spec.tracks_from is None


def test_simulations_that_are_not_baked_are_rendered_in_one_chunk(blend: Path) -> None:
    job = plan(blend, facts(simulations=("Flag",)), chunk_size=10, processors=8)
    assert len(job.spec.chunks) == 1
    assert "The simulation of Flag is not baked" in "".join(job.notes)


def test_missing_files_are_named_before_anything_is_rendered(blend: Path, tmp_path: Path) -> None:
    said = facts(files=(external(tmp_path / "wood.png"), external(blend)))
    with pytest.raises(
        UserInputError, match=r"1 file that Größe .1.\.blend needs is not there: .*wood\.png\."
    ) as caught:
        plan(blend, said)
    assert "--set forgiving=yes" in caught.value.hint
    assert arguments(plan(blend, said, forgiving=True).spec)[-1] == "--ignore-missing"


def test_files_outside_the_folder_are_said_and_a_folder_with_all_takes_them_along(blend: Path, tmp_path: Path) -> None:
    inside, outside = blend.parent / "tex" / "a.png", tmp_path / "shared" / "b.png"
    for path in (inside, outside):
        path.parent.mkdir()
        path.write_bytes(b"x")
    said = facts(files=(external(inside), external(outside)))
    job = plan(blend, said)
    assert "1 file that it needs lies outside the job's folder" in "".join(job.notes)
    assert job.spec.input_files == (str(outside), "tex/a.png")
    save_planned_job(job)
    spec = load_job(job.path)
    assert Path(os.path.realpath(outside)) in review_job(spec, blend.parent, job.path).outside_paths
    found = scan_job(spec, blend.parent, blend.parent / "film.mp4")
    assert "tex/a.png" in {file.path for file in found.files}
    assert [note for note in found.notes if "b.png" in note and "outside its folder" in note]

    job = plan(blend, said, job=tmp_path / "all.helios.json")
    assert job.notes == ()
    assert job.spec.input_files == ("project/tex/a.png", "shared/b.png")
    found = scan_job(job.spec, tmp_path, tmp_path / "all.mp4")
    assert {file.path for file in found.files} >= {"project/tex/a.png", "shared/b.png", "project/Größe {1}.blend"}
    assert not found.notes
    (tmp_path / ".heliosignore").write_text("*.png\n")
    found = scan_job(job.spec, tmp_path, tmp_path / "all.mp4")
    assert len(found.notes) == 2
    assert all("is not uploaded" in note for note in found.notes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sound": True, "step": 2}, "The scene has sound, which is not in the video"),
        ({"file_outputs": ("//passes/",)}, "files of their own to //passes/"),
        ({"scripts": ("rig.py",)}, "Python in rig.py does not run"),
        ({"unreadable": ("Alembic",)}, "was built without Alembic"),
        ({"lost": ("Object “Chair” of lib.blend",)}, "no longer in its library"),
        ({"format": "FFMPEG"}, "The scene's output is FFMPEG; here, frames are rendered to .png pictures"),
        ({"format": "OPEN_EXR"}, "without the view transform Filmic"),
        ({"stamp": True}, "Metadata is burnt"),
        ({"pixel_aspect": (2.0, 1.0)}, "pixels are 2 : 1"),
        ({"border": (0.0, 0.5, 0.0, 0.5)}, "Only a part of each picture is rendered"),
        ({"time_limit": 2.5}, "gives Cycles 2.5 s for a frame"),
        ({"display": "XYZ"}, "made for a display of the kind XYZ, and the video says that they are BT.709"),
    ],
)
def test_what_will_be_otherwise_is_said(blend: Path, changes: dict[str, Any], words: str) -> None:
    assert words in "".join(plan(blend, facts(**changes)).notes)


def test_absolute_paths_and_ignored_markers_are_said(blend: Path) -> None:
    said = facts(files=(external(blend, written=str(blend)),), markers=((1, "A"),), cameras=("A",))
    notes = "".join(plan(blend, said, camera="A").notes)
    assert "Make Paths Relative" in notes
    assert "the markers that change the camera are ignored" in notes


def test_values_are_set_by_name(blend: Path) -> None:
    kind, request = BlendKind(), BlendRequest(source=blend)
    values = [("scene", "007"), ("samples", "16"), ("transparent", "no"), ("scripts", "yes"), ("step", "2")]
    changed = kind.with_values(request, values)
    assert (changed.scene, changed.samples, changed.transparent, changed.scripts, changed.step) == (
        *("007", 16, False, True, 2),
    )
    for key, text, words in (
        ("samples", "many", "Give a number"),
        ("samples", "0", "Give a number"),
        ("scripts", "maybe", "Give yes or no"),
        ("source", "x.blend", "It has: scene, camera"),
    ):
        with pytest.raises(UserInputError) as caught:
            kind.with_values(request, [(key, text)])
        assert words in caught.value.hint


@pytest.mark.parametrize(
    ("changes", "pictures", "words"),
    [
        ({"format": "DPX", "film_log": True}, "dpx", "DPX pictures hold logarithmic values"),
        ({"format": "OPEN_EXR", "exr_space": "ACEScg"}, "exr", "in the colour space ACEScg"),
        ({"format": "WEBP", "color_mode": "BW"}, "webp", "no gray .webp pictures"),
        ({"format": "DPX", "color_mode": "BW"}, "dpx", "no gray .dpx pictures"),
    ],
)
def test_pictures_that_make_no_video_are_not_rendered_for_one(
    blend: Path, changes: dict[str, Any], pictures: str, words: str
) -> None:
    job = plan(blend, facts(**changes))
    assert all(chunk.output_file.endswith(".png") for chunk in job.spec.chunks)
    assert any("here, frames are rendered to .png pictures" in note for note in job.notes)
    with pytest.raises(UserInputError, match=words):
        plan(blend, facts(**changes), pictures=pictures)
    if "color_mode" not in changes:
        made = plan(blend, facts(**changes), output=f"shot_####.{pictures}")
        assert made.spec.chunks[0].output_file == f"shot_####.{pictures}"


def test_what_could_not_be_rendered_is_refused_now(blend: Path) -> None:
    with pytest.raises(UserInputError, match=r"does not render to \.gif"):
        plan(blend, pictures="gif")
