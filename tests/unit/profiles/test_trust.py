from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.profiles.trust import JobReview, TrustStore, can_trust_folder
from helios_gui.types import UserInputError


def review(folder: Path, fingerprint: str = "f1") -> JobReview:
    return JobReview((), folder, 0, folder / "out.mp4", None, (), 0, fingerprint)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "trust.json"


def test_nothing_is_trusted_at_first(path: Path, tmp_path: Path) -> None:
    assert not TrustStore(path).is_trusted(review(tmp_path))


def test_remembered_job_is_trusted_after_a_restart_and_no_other(path: Path, tmp_path: Path) -> None:
    agreed = review(tmp_path)
    store = TrustStore(path)
    store.remember(agreed)
    for known in (store, TrustStore(path)):
        assert known.is_trusted(agreed)
        assert not known.is_trusted(replace(agreed, fingerprint="f2"))


def test_trusted_folder_covers_everything_below_and_nothing_beside(path: Path, tmp_path: Path) -> None:
    film = tmp_path.resolve() / "film"
    TrustStore(path).trust_folder(film)
    store = TrustStore(path)
    assert store.is_trusted(review(film, "any"))
    assert store.is_trusted(review(film / "shot", "other"))
    assert not store.is_trusted(review(film.with_name("film2")))
    assert not store.is_trusted(review(film.parent))


def test_trusted_folder_does_not_cover_what_is_written_elsewhere(path: Path, tmp_path: Path) -> None:
    store = TrustStore(path)
    store.trust_folder(tmp_path / "jobs")
    inside = review(tmp_path / "jobs")
    outside = replace(inside, outside_outputs=(str(tmp_path / "out.mp4"),))
    assert store.is_trusted(inside)
    assert not store.is_trusted(outside)
    store.remember(outside)
    assert store.is_trusted(outside)


def test_folder_is_trusted_by_its_real_place(path: Path, tmp_path: Path) -> None:
    real = tmp_path.resolve() / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    store = TrustStore(path)
    store.trust_folder(tmp_path / "link")
    assert store.is_trusted(review(real))


def test_wide_folders_are_never_trusted(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home" / "me"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    wide = [Path("/"), home.parent, home, home / "Downloads", Path(tempfile.gettempdir())]
    assert [folder for folder in wide if can_trust_folder(folder)] == []
    assert can_trust_folder(home / "film")
    store = TrustStore(path)
    with pytest.raises(UserInputError):
        store.trust_folder(home)
    path.parent.mkdir(parents=True)
    path.write_text('{"folders": ["/", ""], "jobs": [3]}', encoding="utf-8")
    assert not TrustStore(path).is_trusted(review(tmp_path))


def test_two_stores_keep_each_others_words(path: Path, tmp_path: Path) -> None:
    one, other = TrustStore(path), TrustStore(path)
    one.remember(review(tmp_path, "f1"))
    other.remember(review(tmp_path, "f2"))
    one.trust_folder(tmp_path / "film")
    store = TrustStore(path)
    assert store.is_trusted(review(tmp_path, "f1"))
    assert store.is_trusted(review(tmp_path, "f2"))
    assert store.is_trusted(review(tmp_path / "film", "f3"))


def test_bad_file_means_no_trust_and_is_kept(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.write_text("not json", encoding="utf-8")
    store = TrustStore(path)
    assert not store.is_trusted(review(tmp_path))
    assert store.problem
    store.remember(review(tmp_path))
    assert TrustStore(path).is_trusted(review(tmp_path))
    assert [backup.read_text() for backup in path.parent.glob("trust.json.bad-*")] == ["not json"]


def test_agreements_that_cannot_be_read_now_are_left_as_they_are(path: Path, tmp_path: Path) -> None:
    TrustStore(path).remember(review(tmp_path, "f1"))
    aside = path.with_name("aside")
    path.rename(aside)
    path.symlink_to(path.name)  # reading it fails, as with a network disk that does not answer
    store = TrustStore(path)
    assert not store.is_trusted(review(tmp_path, "f1"))
    assert "cannot be read now" in store.problem
    with pytest.raises(OSError, match="symbolic links"):
        store.remember(review(tmp_path, "f2"))
    assert path.is_symlink()
    aside.replace(path)
    store.remember(review(tmp_path, "f2"))
    assert all(TrustStore(path).is_trusted(review(tmp_path, name)) for name in ("f1", "f2"))


def test_oldest_agreements_are_forgotten_first(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helios_gui.profiles.trust.MAX_REMEMBERED", 2)
    store = TrustStore(path)
    for fingerprint in ("f1", "f2", "f1", "f3"):
        store.remember(review(tmp_path, fingerprint))
    assert [store.is_trusted(review(tmp_path, name)) for name in ("f1", "f2", "f3")] == [True, False, True]


def test_uploads_are_agreed_to_by_folder_and_destination(path: Path, tmp_path: Path) -> None:
    job = review(tmp_path)
    store = TrustStore(path)
    store.remember(job)
    assert not store.may_upload(job, "s3://studio"), "running it here is not copying it elsewhere"
    store.remember_upload(job, "s3://studio")
    for known in (store, TrustStore(path)):
        assert known.may_upload(replace(job, fingerprint="f2"), "s3://studio")
        assert not known.may_upload(job, "s3://other")
        assert not known.may_upload(replace(job, job_dir=tmp_path / "other"), "s3://studio")
        assert known.is_trusted(job)


def test_trusted_folder_may_not_be_uploaded_for_that(path: Path, tmp_path: Path) -> None:
    film = tmp_path.resolve() / "film"
    store = TrustStore(path)
    store.trust_folder(film)
    assert store.is_trusted(review(film))
    assert not store.may_upload(review(film), "s3://studio")


def test_what_cannot_be_written_down_is_not_agreed_to(tmp_path: Path) -> None:
    (tmp_path / "config").touch()  # a file where the folder should be
    store = TrustStore(tmp_path / "config" / "trust.json")
    job = review(tmp_path)
    for agree in (store.remember, lambda job: store.remember_upload(job, "s3://studio")):
        with pytest.raises(OSError, match="config"):
            agree(job)
    assert not store.is_trusted(job)
    assert not store.may_upload(job, "s3://studio")
