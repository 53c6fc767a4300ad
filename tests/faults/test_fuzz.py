"""Whatever a file or a server holds, what reads it answers or raises an error of ours: never anything else.

More examples: ``pytest tests/faults/test_fuzz.py --hypothesis-profile=fuzz --timeout=0``. Guided by coverage,
where atheris is installed: ``python -m tests.faults.fuzz_with_atheris NAME``.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from helios_gui.adapters.cloud_run.cloud_run_responses import read_health
from helios_gui.adapters.registry import kind_names
from helios_gui.adapters.remote.worker_responses import read_answer, read_refusal, read_result
from helios_gui.jobfile.command_line import join_command, parse_command, redirect_output, resolve_program
from helios_gui.jobfile.job_files import parse_job
from helios_gui.jobfile.merge_command import final_output, recognise_merge
from helios_gui.media.presets import read_preset
from helios_gui.profiles.import_export import describe_imported, import_profiles
from helios_gui.profiles.json_entries import read_entry
from helios_gui.profiles.review import review_job
from helios_gui.profiles.store import ProfileStore
from helios_gui.profiles.trust import TrustStore
from helios_gui.renderers.known_renderers import find_failure_cause, is_folded
from helios_gui.renderers.progress import ProgressReader
from helios_gui.storage.manifest import Manifest
from helios_gui.types import AttemptResult, HeliosError, JobFileError, StorageError, UserInputError
from helios_gui.utils.shown_text import shorten_text
from helios_gui.worker.worker_responses import read_request

FOLDER = Path(__file__).parent
EXAMPLES = 60 if settings().max_examples <= 100 else settings().max_examples
"""Few in a usual run; what the profile says in a long one."""

TEXT = st.text(max_size=40) | st.text("\0\ud800\udfff\u202e\\/.~:'\"{}%$;<>&\n\r\t -=aé0", max_size=30)
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.sampled_from([2**31, -1, 10**400, 1e308, "x" * 5000])
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)

JOB: dict[str, Any] = {
    "id": "a",
    "name": "Film",
    "assetsUrl": "",
    "metadata": {"totalFrames": 4, "fps": 30, "width": 64, "height": 36, "duration": 0.5},
    "chunks": [
        {"id": 0, "startFrame": 0, "frameCount": 2, "outputFile": "out/a.mov", "command": "ffmpeg -i in.mov out/a.mov"},
        {"id": 1, "startFrame": 2, "frameCount": 2, "outputFile": "out/b.mov", "command": "'x y' $HOME ~/b out/b.mov"},
    ],
    "mergeCommand": "helios merge film.mp4 out/a.mov out/b.mov --quality 20",
    "outputFile": "film.mp4",
    "progressPattern": r"(?P<frame>\d+) of (?P<total>\d+)",
}
RESULT: dict[str, Any] = AttemptResult.model_validate({"exitCode": 0}).model_dump(mode="json", by_alias=True)
ANSWER: dict[str, Any] = {"statusCode": 200, "body": json.dumps(RESULT), "message": "", **RESULT}
REQUEST: dict[str, Any] = {"jobPath": "s3://a-bucket/job.json", "chunkIndex": 0, "attemptId": "a.0.1", "timeLimit": 5}
MANIFEST: dict[str, Any] = {"version": 1, "files": [{"path": "a/b", "size": 1, "sha256": "0" * 64, "mode": "755"}]}
PROFILES: list[dict[str, Any]] = [
    {"kind": "local", "name": "Here", "concurrency": 2, "environment": {"PATH": "/bin"}},
    {
        "kind": "cloud-run",
        "name": "Run",
        "service_url": "https://a.example",
        "storage_url": "gs://a-b-c",
        "worker_token": "",
    },
    {"kind": "aws-lambda", "name": "Far", "function": "render", "storage_url": "s3://a-bucket", "role_arn": ""},
]
PRESET: dict[str, Any] = json.loads(read_preset("h264").to_json())

STORED: dict[str, Any] = {"profiles": PROFILES, "default": "Here", "jobs": ["a"], "folders": ["/a"], "uploads": []}


@st.composite
def damaged(draw: st.DrawFn, document: Any) -> Any:
    """The document with one to four of its values replaced, removed, doubled or renamed."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        owner: Any = changed
        while isinstance(owner, dict | list) and owner:
            key = draw(st.sampled_from(sorted(owner) if isinstance(owner, dict) else range(len(owner))))
            if not isinstance(owner[key], dict | list) or not owner[key] or draw(st.booleans()):
                break
            owner = owner[key]
        if not isinstance(owner, dict | list) or not owner:
            break
        how = draw(st.sampled_from(["replace", "remove", "double", "rename"]))
        if how == "remove":
            del owner[key]
        elif how == "rename" and isinstance(owner, dict):
            owner[draw(TEXT)] = owner.pop(key)
        elif how == "double" and isinstance(owner, list):
            owner.append(copy.deepcopy(owner[key]))
        else:
            owner[key] = draw(VALUE)
    return changed


def as_bytes(document: Any) -> bytes:
    """JSON as lenient writers make it: NaN and lone surrogates as they are."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _check_message(message: str) -> None:
    message.encode()
    assert len(message) < 200_000


@settings(max_examples=EXAMPLES)
@given(damaged(JOB) | VALUE)
def test_job_documents(document: Any) -> None:
    for data in (as_bytes(document), json.dumps(document).encode()):
        try:
            spec = parse_job(data, str(FOLDER / "job.json"), FOLDER, outside_outputs=True)
        except JobFileError as error:
            _check_message(str(error))
            continue
        final_output(spec, FOLDER)
        spec.to_json().encode()
        with suppress(UserInputError):
            review = review_job(spec, FOLDER)
            shorten_text("\n".join(review.commands)).encode()


@settings(max_examples=EXAMPLES)
@given(TEXT, TEXT, st.lists(TEXT, min_size=1, max_size=4), st.booleans())
def test_commands(command: str, output: str, words: list[str], windows: bool) -> None:
    for text in (command, f"render {command} {output}"):
        with suppress(UserInputError):
            found = parse_command(text, windows=windows)
            assert found[0]
            redirected, named = redirect_output(found, output, FOLDER / "new", job_dir=FOLDER)
            assert redirected[0] == found[0]
            assert named or redirected == found
            resolve_program(found, job_dir=FOLDER)
    plain = [word for word in words if "\0" not in word]
    if plain and plain[0]:
        assert list(parse_command(join_command(plain, windows=windows), windows=windows)) == plain


PATTERN = st.text("(?P<frame>\\d+)|[a-z]{2,}*?^$ percent total.", max_size=40)


@settings(max_examples=EXAMPLES)
@given(PATTERN | PATTERN.map(lambda text: f"{text}(?P<frame>.*)") | TEXT, st.lists(TEXT, max_size=5))
def test_progress_patterns(pattern: str, lines: list[str]) -> None:
    with suppress(UserInputError):
        reader = ProgressReader(10, pattern=pattern)
        done = reader.feed(lines)
        assert done is None or 0 < done <= 10
        _check_message(reader.problem)


@settings(max_examples=EXAMPLES)
@given(damaged(PRESET) | VALUE, TEXT)
def test_presets(document: Any, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "preset.toml")
        for content in (json.dumps(document), text, f"name = {json.dumps(document)}", "a = " + "[" * 20_000):
            path.write_text(content, encoding="utf-8", errors="surrogatepass")
            for named in (str(path), content):
                with suppress(UserInputError):
                    read_preset(named).to_json().encode()


@settings(max_examples=EXAMPLES)
@given(TEXT.map(lambda text: f"helios merge {text}") | TEXT.map(lambda text: f"npx -y {text} merge a b") | TEXT)
def test_merge_commands(command: str) -> None:
    request = recognise_merge(command)
    assert request is None or (request.output and request.inputs)


@settings(max_examples=EXAMPLES)
@given(
    st.lists(TEXT | st.integers().map("frame={}".format) | st.integers().map("Rendered {0} / {0}".format)),
    st.booleans(),
)
def test_output_of_renderers(lines: list[str], own: bool) -> None:
    reader = ProgressReader(10, pattern=r"(?P<frame>\S+) / (?P<total>\S+)" if own else None)
    done = reader.feed(lines)
    assert done is None or 0 < done <= 10
    assert isinstance(find_failure_cause(lines, "ffmpeg"), str)
    assert all(isinstance(is_folded(line), bool) for line in lines)


@settings(max_examples=EXAMPLES)
@given(damaged(ANSWER) | VALUE, st.binary(max_size=60))
def test_answers_of_workers(document: Any, noise: bytes) -> None:
    for data in (as_bytes(document), noise, as_bytes(document) + noise, b"[" * 100_000, b"9" * 5_000):
        for read in (read_answer, read_result):
            result = read(data)
            assert result is None or isinstance(result, AttemptResult)
        refusal = read_refusal(data)
        assert refusal is None or isinstance(refusal[1], str)
        assert isinstance(read_health(data), dict)


@settings(max_examples=EXAMPLES)
@given(damaged(REQUEST) | VALUE)
def test_requests_to_workers(document: Any) -> None:
    with suppress(UserInputError):
        read_request(document)


@settings(max_examples=EXAMPLES)
@given(damaged(MANIFEST) | VALUE, st.binary(max_size=60))
def test_manifests(document: Any, noise: bytes) -> None:
    for data in (as_bytes(document), noise, b"[" * 100_000):
        with suppress(StorageError):
            Manifest.from_json(data)


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(PROFILES).flatmap(damaged) | VALUE)
def test_profiles(entry: Any) -> None:
    found = read_entry(entry, kind_names())
    if isinstance(found, str):
        assert found
    else:
        describe_imported([found]).encode()


def _import(path: Path) -> None:
    describe_imported(import_profiles(path, kind_names(), ["Local"]))


def _open_store(path: Path) -> None:
    assert ProfileStore(path).profiles()


FILES: list[Callable[[Path], object]] = [_import, _open_store, TrustStore]


@pytest.mark.parametrize("read", FILES)
@settings(max_examples=EXAMPLES)
@given(
    document=damaged({"profiles": PROFILES, "default": "Here", "jobs": ["a"], "folders": ["/a"], "uploads": []}) | VALUE
)
def test_files_of_profiles_and_trust(read: Callable[[Path], object], document: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.json")
        path.write_bytes(as_bytes(document))
        with suppress(HeliosError):
            read(path)


def test_the_documents_themselves_are_good() -> None:
    parse_job(as_bytes(JOB), str(FOLDER / "job.json"), FOLDER)
    read_preset(json.dumps(PRESET))
    assert read_answer(as_bytes(ANSWER)) is not None
    read_request(REQUEST)
    Manifest.from_json(as_bytes(MANIFEST))
    assert not [found for found in (read_entry(entry, kind_names()) for entry in PROFILES) if isinstance(found, str)]
    with pytest.raises(ValidationError):
        AttemptResult.model_validate({"exitCode": "x"})
