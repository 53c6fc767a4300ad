from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.jobfile.command_line import parse_command
from helios_gui.jobfile.job_files import parse_job
from helios_gui.jobfile.merge_command import final_output, recognise_merge, replaceable_merge
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.types import JobSpec, UserInputError

TEMPLATE = "tool {input} -o {output} --start={start} --end {end} --count {count} {fps} {width}x{height}"
REQUEST = PlanRequest(
    command=TEMPLATE, input="scene.html", fps=30, width=640, height=360, total=100, chunk_count=3, name="Shot 7"
)


def _problems(request: PlanRequest) -> str:
    with pytest.raises(UserInputError) as caught:
        plan_job(request)
    return str(caught.value)


@st.composite
def requests(draw: st.DrawFn) -> PlanRequest:
    start, total = draw(st.integers(0, 10**6)), draw(st.integers(1, 3000))
    frames = draw(st.sampled_from([{"total": total}, {"end": start + total - 1}]))
    size = st.fixed_dictionaries({"chunk_size": st.integers(max(1, total // 40), 4000)})
    count = st.fixed_dictionaries({"chunk_count": st.integers(1, 40)})
    names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    return replace(
        REQUEST, start=start, name=draw(names), **{"total": None, "chunk_count": None, **frames, **draw(size | count)}
    )


@given(requests())
def test_chunks_cover_exactly_the_range(request: PlanRequest) -> None:
    spec = plan_job(request)
    frames = [frame for chunk in spec.chunks for frame in range(chunk.start_frame, chunk.end_frame + 1)]
    total = request.total or (request.end or 0) - request.start + 1
    assert frames == list(range(request.start, request.start + total))
    assert spec.metadata.total_frames == total
    assert len({chunk.output_file for chunk in spec.chunks}) == len(spec.chunks)
    counts = [chunk.frame_count for chunk in spec.chunks]
    if request.chunk_size:
        assert all(count == request.chunk_size for count in counts[:-1])
        assert 0 < counts[-1] <= request.chunk_size
    else:
        assert len(counts) == min(request.chunk_count or 0, total)
        assert max(counts) - min(counts) <= 1


@given(requests())
def test_a_plan_is_a_valid_job_file_whose_commands_say_what_the_chunks_are(request: PlanRequest) -> None:
    spec = plan_job(request)
    assert parse_job(spec.to_json().encode(), "job.json", Path()) == spec
    for chunk in spec.chunks:
        assert parse_command(chunk.command) == (
            *("tool", "scene.html", "-o", chunk.output_file, f"--start={chunk.start_frame}"),
            *("--end", str(chunk.end_frame), "--count", str(chunk.frame_count), "30", "640x360"),
        )


ARGUMENT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(ARGUMENT)
def test_any_input_is_one_argument(name: str) -> None:
    spec = plan_job(replace(REQUEST, input=name))
    assert all(parse_command(chunk.command)[1] == name for chunk in spec.chunks)


@given(st.text() | st.text("{}{}:!.inputoutputstartend '\"\\"), st.text() | st.text("{}index:0!name"))
def test_no_template_does_worse_than_user_input_error(command: str, pattern: str) -> None:
    for request in (replace(REQUEST, command=command), replace(REQUEST, chunk_output=pattern)):
        try:
            spec = plan_job(request)
        except UserInputError:
            continue
        assert isinstance(spec, JobSpec)


def test_a_plan_in_full() -> None:
    spec = plan_job(replace(REQUEST, start=10, total=5, chunk_count=2, input="my scene.html", fps=29.97))
    assert spec.name == "Shot 7"
    assert spec.output_file == "Shot 7.mp4"
    assert spec.merge_command is None
    assert spec.metadata.duration == pytest.approx(5 * 1001 / 30000)
    assert [chunk.output_file for chunk in spec.chunks] == ["Shot 7_part_0000.mov", "Shot 7_part_0001.mov"]
    assert parse_command(spec.chunks[1].command)[1:] == (
        *("my scene.html", "-o", "Shot 7_part_0001.mov"),
        *("--start=13", "--end", "14", "--count", "2", "29.97", "640x360"),
    )


def test_placeholders_may_be_formatted_and_braces_written() -> None:
    command = "tool '{{\"frame\": {start:03}}}' {output} {{start}}"
    spec = plan_job(replace(REQUEST, command=command, input="", chunk_output="out/{start:05}-{end:05}.png"))
    assert parse_command(spec.chunks[1].command) == ("tool", '{"frame": 034}', "out/00034-00066.png", "{start}")


def test_more_chunks_than_frames_are_not_made() -> None:
    assert [chunk.frame_count for chunk in plan_job(replace(REQUEST, total=3, chunk_count=8)).chunks] == [1, 1, 1]


def test_the_encoding_is_carried_by_a_merge_command_we_recognise() -> None:
    request = replace(REQUEST, output="the end.mp4", chunk_output="-{index}.mov", video_codec="libx264", quality=18)
    spec = plan_job(request)
    merge = recognise_merge(spec.merge_command)
    assert merge is not None
    assert (merge.video_codec, merge.audio_codec, merge.quality) == ("libx264", "", 18)
    assert replaceable_merge(spec) == merge
    assert final_output(spec, Path()) == Path("the end.mp4") == Path(merge.output)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"total": None}, "frames: give either"),
        ({"end": 5}, "frames: give either"),
        ({"chunk_count": None}, "chunks: give either"),
        ({"chunk_size": 5}, "chunks: give either"),
        ({"total": 0}, "frames: must be at least 1, not 0"),
        ({"start": -1}, "first frame: must be at least 0"),
        ({"start": 9, "total": None, "end": 8}, "last frame: is 8, before the first frame 9"),
        ({"chunk_count": 0}, "chunk count: must be at least 1"),
        ({"chunk_count": None, "chunk_size": -4}, "chunk size: must be at least 1"),
        ({"total": 10**400}, "frames: go past"),
        ({"total": 10**9, "chunk_count": None, "chunk_size": 1}, "at most 100000"),
        ({"command": ""}, "command: The command is empty"),
        ({"command": "tool '{output}"}, "never closed"),
        ({"command": "tool {input} {start} {output} > log"}, "shell operator"),
        ({"command": "tool {input} {start}"}, "command: does not say {output}"),
        ({"command": "tool {input} {output}"}, "neither {start} nor {end}"),
        ({"command": "tool {output} {start}"}, "although an input is given"),
        ({"input": ""}, "input: is not given"),
        ({"command": TEMPLATE + " {frame}"}, "placeholder {frame}"),
        ({"command": TEMPLATE + " {}"}, "placeholder {}"),
        ({"command": TEMPLATE + " {start.real}"}, "placeholder {start.real}"),
        ({"command": TEMPLATE + " {start!r}"}, "placeholder {start}"),
        ({"command": TEMPLATE + " {start:{end}}"}, "placeholder {start}"),
        ({"command": TEMPLATE + " {output:d}"}, "is not a template"),
        ({"command": TEMPLATE + " {start"}, "is not a template"),
        ({"command": TEMPLATE + " }"}, "is not a template"),
        ({"chunk_output": "{name}.mov"}, "all chunks would write one file"),
        ({"chunk_output": "{output}{index}.mov"}, "placeholder {output}"),
        ({"chunk_output": "~/{index}.mov"}, "chunks[2].outputFile: starts with “~”"),
        ({"chunk_output": "{index}/x/{index:1.1f}/"}, "names a folder"),
        ({"output": "~/x.mp4"}, "outputFile: starts with “~”, which only shells take for your home folder"),
        ({"output": "Shot 7_part_0001.mov"}, "chunks[1].outputFile: is also the finished video"),
        ({"video_codec": "--help"}, "video codec: '--help' is not the name of a codec"),
        ({"audio_codec": "a b"}, "audio codec"),
        ({"quality": 64}, "quality: must be 0 to 63"),
        ({"fps": 0}, "metadata.fps: must be at least 0.0001"),
        ({"fps": float("nan")}, "metadata.fps"),
        ({"width": 0}, "metadata.width: must be at least 1"),
    ],
)
def test_a_bad_request_is_refused_with_its_reason(change: dict[str, Any], message: str) -> None:
    assert message in _problems(replace(REQUEST, **change))


def test_every_problem_is_told_at_once() -> None:
    text = _problems(replace(REQUEST, total=0, chunk_count=None, command="tool {x}", chunk_output="{y}", quality=-1))
    assert "5 problems" in text
    assert all(word in text for word in ("frames:", "chunks:", "{x}", "{y}", "quality:"))
