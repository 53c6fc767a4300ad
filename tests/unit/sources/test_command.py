"""Jobs of any command: planned from a template, saved once, and read back so that they can be changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.jobfile.job_files import load_job
from helios_gui.sources.command import KEY, CommandRequest, command_of, plan_command
from helios_gui.sources.planned_job import save_planned_job
from helios_gui.types import HeliosError

REQUEST = CommandRequest(
    command="my-renderer {input} --from {start} --to {end} -o {output}",
    frames="1-10",
    rate="23,976",
    width=64,
    height=36,
    chunk_size=4,
    name="Shot 7",
    input="shot.scene",
)


def test_a_template_becomes_chunks(tmp_path: Path) -> None:
    (tmp_path / "shot.scene").touch()
    planned = plan_command(REQUEST, tmp_path)
    assert planned.path == tmp_path / "Shot 7.helios.json"
    assert [chunk.command for chunk in planned.spec.chunks] == [
        f"my-renderer shot.scene --from {first} --to {last} -o 'Shot 7_part_{number:04}.mov'"
        for number, (first, last) in enumerate([(1, 4), (5, 8), (9, 10)])
    ]
    assert planned.spec.metadata.rate.numerator == 24000


def test_the_request_is_read_back_from_the_job_file(tmp_path: Path) -> None:
    planned = plan_command(REQUEST, tmp_path)
    save_planned_job(planned)
    assert command_of(load_job(planned.path)) == REQUEST


@pytest.mark.parametrize("kept", [None, "a text", {"width": "wide"}])
def test_what_is_no_request_is_none(kept: object, tmp_path: Path) -> None:
    spec = plan_command(REQUEST, tmp_path).spec
    assert command_of(spec.model_copy(update={KEY: kept})) is None


def test_another_job_of_that_name_is_left_alone(tmp_path: Path) -> None:
    save_planned_job(plan_command(REQUEST, tmp_path))
    assert plan_command(REQUEST, tmp_path).is_there, "the same job is not written twice"
    other = plan_command(replace(REQUEST, width=128), tmp_path)
    assert (other.path.name, other.is_there) == ("Shot 7 2.helios.json", False)
    (tmp_path / "Shot 7 2.helios.json").write_text("no job")
    assert plan_command(replace(REQUEST, width=128), tmp_path).path.name == "Shot 7 3.helios.json"
    own = tmp_path / "Shot 7.helios.json"
    assert plan_command(replace(REQUEST, width=128), tmp_path, own).path == own


@pytest.mark.parametrize(
    ("change", "words"),
    [({"name": " "}, "no name"), ({"rate": "fast"}, "“fast” is no frame rate"), ({"frames": "9-x"}, "9-x"),
     ({"command": "render {begin}"}, "begin")],
)  # fmt: skip
def test_what_is_wrong_is_named(change: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(HeliosError, match=words):
        plan_command(replace(REQUEST, **change), tmp_path)  # type: ignore[arg-type]
