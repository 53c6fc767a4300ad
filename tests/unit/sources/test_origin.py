"""Job files remember what they were made of."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from helios_gui.jobfile.job_files import load_job
from helios_gui.sources.origin import origin_of
from helios_gui.sources.page import PageFacts, PageKind, PageRequest
from helios_gui.sources.planned_job import plan_source_job, save_planned_job

SAID = PageFacts(width=640, height=360, seconds=Fraction(1), fps=Fraction(25))


def saved(page: Path, **wanted: object) -> Path:
    job = plan_source_job(PageKind(), PageRequest(source=page, **wanted), SAID)  # type: ignore[arg-type]
    save_planned_job(job)
    return job.path


def test_a_job_file_tells_the_request_it_was_made_from(tmp_path: Path) -> None:
    page = tmp_path / "Größe 1.html"
    page.write_text("<p>")
    wanted = {"fps": Fraction(24000, 1001), "props": {"title": "A"}, "hosts": ("cdn.test",), "output": "{name}.webm"}
    path = saved(page, **wanted, processors=7, profile="studio")
    assert json.loads(path.read_text("utf-8"))["madeFrom"]["source"] == "Größe 1.html"
    found = origin_of(load_job(path), path)
    assert found is not None
    kind, request = found
    assert isinstance(kind, PageKind)
    assert request == PageRequest(source=page, job=path, **wanted)  # type: ignore[arg-type]
    again = plan_source_job(kind, request, SAID)
    assert again.is_there


def test_a_job_without_its_source_or_of_another_version_cannot_be_changed(tmp_path: Path) -> None:
    page = tmp_path / "film.html"
    page.write_text("<p>")
    path = saved(page)
    document = json.loads(path.read_text("utf-8"))
    for kept in (None, "film.html", {}, {"source": 3}, {"source": "film.txt"}, {"source": "film.html", "scale": "x"}):
        spec = load_job(path).model_copy(update={"madeFrom": kept})
        assert origin_of(spec, path) is None
    document["madeFrom"]["tomorrow"] = 1
    path.write_text(json.dumps(document), "utf-8")
    assert origin_of(load_job(path), path) is not None
    page.unlink()
    assert origin_of(load_job(path), path) is None
