from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.storage import StorageSettings, join_url, open_storage, parse_url, split_url
from helios_gui.storage.urls import check_key
from helios_gui.types import StorageError, UserInputError

BLOB = "blobs/ab/ab" + "c" * 62


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://bucket/prefix/jobs/j1/job.json", ("s3://bucket/prefix", "jobs/j1/job.json")),
        ("s3://bucket/jobs/j1/job.json", ("s3://bucket", "jobs/j1/job.json")),
        ("gcs://bucket/a b/ü/jobs/j/attempts/j.0.1", ("gs://bucket/a b/ü", "jobs/j/attempts/j.0.1")),
        (f"gs://bucket/x/{BLOB}", ("gs://bucket/x", BLOB)),
        ("s3://bucket/elsewhere/job.json", ("s3://bucket", "elsewhere/job.json")),
        ("s3://bucket/my-jobs/jobs/j/manifest.json", ("s3://bucket/my-jobs", "jobs/j/manifest.json")),
        ("file:///srv/render%20farm/jobs/j/job.json", ("file:///srv/render%20farm", "jobs/j/job.json")),
        ("file:///jobs/j/job.json", ("file:///", "jobs/j/job.json")),
        ("file:///srv/other/job.json", ("file:///srv/other", "job.json")),
    ],
)
def test_an_objects_url_is_split_where_the_storage_ends(url: str, expected: tuple[str, str]) -> None:
    root, key = split_url(url)
    assert (root, key) == expected
    assert split_url(join_url(root, key)) == (root, key)


@pytest.mark.parametrize("url", ["s3://bucket", "file:///"])
def test_a_storage_is_no_object(url: str) -> None:
    with pytest.raises(UserInputError, match="names a storage, not an object"):
        split_url(url)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("a//b", "empty, . or .. part"),
        ("a/../b", "empty, . or .. part"),
        ("a\nb", "control character"),
        ("a\udcffb", "not Unicode"),
        ("ü" * 451, "longer than 900 bytes"),
    ],
)
def test_keys_that_are_none_are_refused(key: str, why: str) -> None:
    with pytest.raises(StorageError, match=why):
        check_key(key)
    assert check_key("ü" * 450) == "ü" * 450


names = st.text(st.characters(exclude_characters="/", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
    lambda name: name not in (".", "..")
)


@given(
    root=st.sampled_from(["s3://bucket", "gs://bucket/pre fix", "file:///srv/a%20b", "file:///srv/50%25"]),
    job=names,
    name=names,
)
def test_joining_and_splitting_are_opposites(root: str, job: str, name: str) -> None:
    key = f"jobs/{job}/attempts/a.1/output/{name}"
    assert split_url(join_url(root, key)) == (root, key)


@pytest.mark.parametrize(
    "url", ["", "s3", "/plain/path", "ftp://host/x", "s3://", "s3:///key", "file://host/x", "gs://a"]
)
def test_what_names_no_storage_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(UserInputError) as caught:
        parse_url(url)
    assert "s3://bucket" in caught.value.hint or "file:///" in caught.value.hint


def test_credentials_in_a_url_are_refused_and_not_repeated() -> None:
    for url in ("s3://AKIACANARY:CANARYsecret@bucket/x", "gs://user:CANARYsecret@b/x"):
        with pytest.raises(UserInputError) as caught:
            open_storage(url, StorageSettings())
        assert "credentials" in str(caught.value)
        assert "CANARY" not in f"{caught.value!r} {caught.value.hint}"


@pytest.mark.parametrize("rest", ["a%00b", "a\0b", "x" * 5_000, "x/" * 300])
def test_what_no_folder_can_be_called_is_refused(rest: str) -> None:
    with pytest.raises(UserInputError, match="not that of a folder"):
        parse_url(f"file:///{rest}")


def test_a_url_has_one_spelling() -> None:
    assert parse_url("S3://bucket/a/b/").url == "s3://bucket/a/b"
    assert parse_url("gcs://bucket").url == "gs://bucket"
    assert parse_url("file:///srv/x/../y/").url == "file:///srv/y"
    assert parse_url("file://localhost/srv").folder.as_posix() == "/srv"
