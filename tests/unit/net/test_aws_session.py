"""Sessions of AWS share what they know of its services, but nothing of who asks."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from helios_gui.net.aws_session import aws_session


def test_descriptions_of_services_are_read_once() -> None:
    first, second = aws_session(region="eu-central-1"), aws_session(region="eu-west-1")
    with closing(first.client("s3")) as one, closing(second.client("s3")) as other:
        assert [client.meta.region_name for client in (one, other)] == ["eu-central-1", "eu-west-1"]
    loaders = [session._session.get_component("data_loader") for session in (first, second)]
    assert loaders[0] is loaders[1]
    paths = loaders[0].search_paths
    assert len(paths) == len(set(paths)), "each session makes every look-up longer"


def test_descriptions_in_a_folder_of_ones_own_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aws_session(region="eu-central-1")
    (tmp_path / "render-rental" / "2026-01-01").mkdir(parents=True)
    (tmp_path / "render-rental" / "2026-01-01" / "service-2.json").write_text(json.dumps({"metadata": {}}))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert "render-rental" in aws_session(region="eu-central-1").get_available_services()
