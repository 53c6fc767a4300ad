from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.adapters.registry import kind_names
from helios_gui.profiles.store import ProfileStore
from helios_gui.translation import choose_language
from helios_gui.types import NotFoundError, UserInputError

DAY = LocalProfile(name="Day", concurrency=1, environment={"OCIO": "/colour/config.ocio"})
NIGHT = LocalProfile(name="Night", retries=5, chunk_timeout=600)
EVENING = LocalProfile(name="Evening", concurrency=2)
NOON = LocalProfile(name="Noon", concurrency=3)
STUDIO = AwsLambdaProfile(name="Studio", function="render", storage_url="s3://studio")
RUN = CloudRunProfile(name="Run", service_url="https://render.run.app", storage_url="gs://studio")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "profiles.json"


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def names(store: ProfileStore) -> list[str]:
    return [profile.name for profile in store.profiles()]


def test_without_a_file_there_is_a_local_profile(path: Path) -> None:
    store = ProfileStore(path)
    assert names(store) == ["Local"]
    assert store.default_name == "Local"
    assert store.problem == ""
    assert not path.exists()


def test_the_built_in_profile_has_a_name_in_the_language_of_the_person(path: Path) -> None:
    choose_language("de")
    store = ProfileStore(path)
    assert names(store) == ["Lokal"]
    assert store.get("local") == store.default  # as it is called in guides and in jobs that were added before
    choose_language("en")
    assert ProfileStore(path).get("Lokal").name == "Local"
    store.save([*store.profiles(), NIGHT], "Night")
    assert ProfileStore(path).get("Local").name == "Lokal"


def test_a_profile_that_is_called_local_comes_before_the_built_in_one(path: Path) -> None:
    store = ProfileStore(path)
    own = DAY.model_copy(update={"name": "Lokal"})
    store.save([*store.profiles(), own], "Lokal")
    assert (store.get("Local").name, store.get("Lokal")) == ("Local", own)
    store.save([NIGHT], "Night")
    with pytest.raises(NotFoundError, match="“Local”"):
        store.get("Local")


def test_saved_profiles_come_back_in_order_with_their_default(path: Path) -> None:
    ProfileStore(path).save([NIGHT, DAY], "Day")
    store = ProfileStore(path)
    assert store.profiles() == (NIGHT, DAY)
    assert store.default == DAY


def test_profile_is_found_whatever_its_case(path: Path) -> None:
    store = ProfileStore(path)
    store.save([NIGHT, DAY], "Night")
    assert store.get("nIGHT") == NIGHT


def test_missing_profile_names_those_there_are(path: Path) -> None:
    store = ProfileStore(path)
    store.save([NIGHT, DAY], "Night")
    with pytest.raises(NotFoundError, match="“Dawn”") as caught:
        store.get("Dawn")
    assert "“Night”, “Day”" in caught.value.hint


@pytest.mark.parametrize(
    ("profiles", "default"),
    [([], "Day"), ([DAY, LocalProfile(name="DAY")], "Day"), ([DAY], "Night")],
)
def test_impossible_sets_are_refused_and_change_nothing(path: Path, profiles: list[LocalProfile], default: str) -> None:
    store = ProfileStore(path)
    store.save([NIGHT], "Night")
    before = path.read_bytes()
    with pytest.raises(UserInputError):
        store.save(profiles, default)
    assert path.read_bytes() == before
    assert store.profiles() == (NIGHT,)


def test_what_another_process_saved_is_seen_and_kept(path: Path) -> None:
    ours, heard = ProfileStore(path), list[str]()
    ours.save([NIGHT, DAY], "Day")
    ours.subscribe(lambda: heard.append("told"))
    ours.refresh()
    assert heard == []
    theirs = ProfileStore(path)
    theirs.save([NIGHT, DAY, EVENING], "Evening")
    ours.refresh()
    assert heard == ["told"]
    assert names(ours) == ["Night", "Day", "Evening"]
    assert ours.default == EVENING


def test_edits_of_two_processes_are_brought_together(path: Path) -> None:
    ProfileStore(path).save([NIGHT, DAY, EVENING], "Day")
    ours, theirs = ProfileStore(path), ProfileStore(path)
    slow_night = NIGHT.model_copy(update={"concurrency": 1})
    theirs.save([NIGHT.model_copy(update={"concurrency": 7}), DAY.model_copy(update={"concurrency": 5})], "Night")
    ours.save([slow_night, DAY, EVENING, NOON], "Day")
    read = ProfileStore(path)
    assert names(read) == ["Night", "Day", "Noon"], "they have removed one, we have added one"
    assert read.get("Night") == slow_night, "both have changed it: who saves last"
    assert read.get("Day").concurrency == 5
    assert read.default_name == "Night", "only they have chosen another one"
    assert read.profiles() == ours.profiles()


def test_the_profile_that_was_made_of_one_that_is_gone_stays(path: Path) -> None:
    ProfileStore(path).save([NIGHT, DAY], "Day")
    ours, theirs = ProfileStore(path), ProfileStore(path)
    theirs.save([NIGHT], "Night")
    ours.save([NIGHT, DAY.model_copy(update={"concurrency": 5})], "Day")
    assert names(ProfileStore(path)) == ["Night", "Day"]
    theirs = ProfileStore(path)
    theirs.save([DAY.model_copy(update={"name": "Only"})], "Only")
    ours.save(ours.profiles(), "Night")
    assert names(ProfileStore(path)) == ["Only"]


@pytest.mark.parametrize("content", ["not json", None])
def test_a_file_that_is_damaged_or_removed_meanwhile_takes_no_profile_away(path: Path, content: str | None) -> None:
    store = ProfileStore(path)
    store.save([NIGHT, DAY], "Day")
    path.unlink()
    if content is not None:
        path.write_text(content)
    store.refresh()
    assert names(store) == ["Night", "Day"]
    store.save([*store.profiles(), NOON], "Day")
    assert names(ProfileStore(path)) == ["Night", "Day", "Noon"]


def test_subscribers_hear_of_a_save_until_they_leave(path: Path) -> None:
    store = ProfileStore(path)
    heard: list[list[str]] = []
    leave = store.subscribe(lambda: heard.append(names(store)))
    store.save([DAY], "Day")
    leave()
    leave()
    store.save([NIGHT], "Night")
    assert heard == [["Day"]]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"profiles": 3}', "\x00", "[" * 100_000])
def test_bad_file_is_moved_aside_and_the_app_still_starts(path: Path, content: str) -> None:
    write(path, content)
    store = ProfileStore(path)
    assert names(store) == ["Local"]
    (backup,) = path.parent.glob("profiles.json.bad-*")
    assert backup.read_text(encoding="utf-8") == content
    assert backup.name in store.problem
    store.save([DAY], "Day")
    assert ProfileStore(path).problem == ""
    assert backup.read_text(encoding="utf-8") == content


def test_second_bad_file_does_not_replace_the_first_backup(path: Path) -> None:
    for number in range(3):
        write(path, f"bad {number}")
        ProfileStore(path)
    kept = {backup.read_text(encoding="utf-8") for backup in path.parent.glob("profiles.json.bad-*")}
    assert kept == {"bad 0", "bad 1", "bad 2"}


def test_file_that_cannot_be_read_does_not_stop_the_app(path: Path) -> None:
    path.mkdir(parents=True)  # a folder where the file should be
    store = ProfileStore(path)
    assert names(store) == ["Local"]
    assert str(path) in store.problem


@contextmanager
def no_files_left() -> Iterator[None]:
    """Have every opening of a file fail, as when too many are open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_file_that_cannot_be_read_now_is_left_as_it_is(path: Path) -> None:
    ProfileStore(path).save([DAY, NIGHT], "Night")
    before = path.read_bytes()
    with no_files_left():
        store = ProfileStore(path)
        assert names(store) == ["Local"]
        assert "cannot be read now" in store.problem
        with pytest.raises(OSError, match="Too many open files"):
            store.save([DAY], "Day")
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    with pytest.raises(UserInputError, match="could not be read before"):
        store.save([DAY], "Day")
    assert path.read_bytes() == before
    assert (names(store), store.default_name, store.problem) == (["Day", "Night"], "Night", "")
    store.save([DAY], "Day")
    assert names(ProfileStore(path)) == ["Day"]


def test_entries_of_a_newer_version_survive_a_save(path: Path) -> None:
    cloud = {"kind": "lambda", "name": "Studio", "region": "somewhere"}
    newer = {"kind": "local", "name": "Tomorrow", "gpu": 2}
    write(path, {"default": "Day", "theme": "kept", "profiles": [cloud, DAY.model_dump(), newer, "odd"]})
    store = ProfileStore(path)
    assert store.profiles() == (DAY,)
    assert "“Studio” is of a kind this version does not know ('lambda')" in store.problem
    assert "“Tomorrow” has a setting this version does not know (gpu)" in store.problem
    store.save([DAY, NIGHT], "Night")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["profiles"][2:] == [cloud, newer, "odd"]
    assert content["theme"] == "kept"
    assert ProfileStore(path).profiles() == (DAY, NIGHT)


def test_damaged_entry_is_named_and_the_others_are_used(path: Path) -> None:
    write(path, {"default": "Dusk", "profiles": [{"name": "Dusk", "retries": -1}, DAY.model_dump()]})
    store = ProfileStore(path)
    assert store.default == DAY
    assert "“Dusk” has a bad setting (retries:" in store.problem


def test_second_entry_of_one_name_is_left_out(path: Path) -> None:
    write(path, {"profiles": [DAY.model_dump(), {"name": "day", "retries": 9}]})
    store = ProfileStore(path)
    assert store.get("day") == DAY
    assert "“day” has the name of another profile" in store.problem


def test_cloud_profiles_come_back_with_the_one_to_render_with(path: Path) -> None:
    ProfileStore(path).save([DAY, STUDIO, RUN], "Day", "run")
    store = ProfileStore(path)
    assert store.profiles() == (DAY, STUDIO, RUN)
    assert store.cloud_profiles() == (STUDIO, RUN)
    assert store.cloud_default == RUN
    assert store.default == DAY


def test_cloud_default_is_the_first_cloud_profile_unless_said(path: Path) -> None:
    store = ProfileStore(path)
    assert store.cloud_default is None
    store.save([DAY, RUN, STUDIO], "Day")
    assert store.cloud_default == RUN
    store.save([DAY, RUN, STUDIO], "Day", "Studio")
    store.save([NIGHT, RUN, STUDIO], "Night")
    assert store.cloud_default == STUDIO
    store.save([NIGHT, RUN], "Night")
    assert store.cloud_default == RUN
    store.save([NIGHT, RUN], "Night", "Night")
    assert store.cloud_default == RUN, "this machine is no cloud"
    store.save([NIGHT], "Night")
    assert store.cloud_default is None


def test_kinds_that_are_not_offered_are_left_out_but_kept(path: Path) -> None:
    ProfileStore(path).save([STUDIO, DAY], "Studio", "Studio")
    store = ProfileStore(path, ["local"])
    assert store.profiles() == (DAY,)
    assert store.cloud_default is None
    assert "“Studio”" in store.problem
    store.save([DAY, NIGHT], "Day")
    again = ProfileStore(path)
    assert again.profiles() == (DAY, NIGHT, STUDIO)
    assert again.cloud_default == STUDIO


def test_the_offered_kinds_are_those_a_store_reads(path: Path) -> None:
    assert ProfileStore(path).kinds == kind_names()


def test_bad_setting_of_a_cloud_profile_is_said_without_what_it_holds(path: Path) -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    write(path, {"profiles": [DAY.model_dump(), {**STUDIO.model_dump(), "aws_profile": secret}]})
    store = ProfileStore(path)
    assert "“Studio” has a bad setting (aws_profile: " in store.problem
    assert secret not in store.problem
