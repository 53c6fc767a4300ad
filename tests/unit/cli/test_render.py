from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.cli import main
from helios_gui.profiles.store import ProfileStore
from helios_gui.stitcher import probe
from helios_gui.utils.folders import AppFolders
from tests.support.cli import command, environment, run_cli
from tests.support.jobs import python, runs, text_job
from tests.support.other_ffmpeg import ffmpeg_of, only_ffmpeg
from tests.support.process_list import processes_in
from tests.support.render_steps import FAILING, WAITING, events, put, refused, video_job
from tests.support.waiting import wait_until

# -- a job that goes well --------------------------------------------------------------------------------


def test_plain_lines_in_a_pipe(home: Path, work: Path) -> None:
    answer = run_cli(home, "render", video_job(3, work), "--trust")
    lines = answer.stdout.splitlines()
    assert (answer.returncode, answer.stderr) == (0, "")
    assert lines[0] == "Film: 3 chunks, 30 frames, profile Local"
    done = [line.partition(" done ")[2] for line in lines if line.startswith("Chunk ")]  # others where it takes long
    assert done == ["(1/3)", "(2/3)", "(3/3)"]
    assert lines[-1] == f"Done: {work / 'film.mp4'} (3 chunks, 30 frames, 1.00 s, mpeg4)"
    assert probe(work / "film.mp4").frames == 30
    assert "\x1b" not in answer.stdout


def test_json_is_objects_only_and_ends_with_the_outcome(home: Path, work: Path) -> None:
    answer = run_cli(home, "render", video_job(2, work), "--trust", "--json")
    told = events(answer.stdout)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert told[0]["event"] == "job"
    assert told[0]["name"] == "Film"
    done = [event["id"] for event in told if event["event"] == "chunk" and event["state"] == "completed"]
    assert sorted(done) == [0, 1]  # type: ignore[type-var]
    assert [event["state"] for event in told if event["event"] == "job"][-1] == "completed"
    last = told[-1]
    assert (last["event"], last["exitCode"], last["output"]) == ("done", 0, str(work / "film.mp4"))
    assert last["report"] == "2 chunks, 20 frames, 0.67 s, mpeg4"


def test_single_pictures_are_left_as_they_are(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = text_job(2, frames=1)
    draw = "ffmpeg -v error -f lavfi -i color=s=16x16 -frames:v 1 {name}"
    names = ("a.png", "b.png")
    chunks = [
        chunk.model_copy(update={"output_file": name, "command": draw.format(name=name)})
        for chunk, name in zip(spec.chunks, names, strict=True)
    ]
    path = put(work, spec.model_copy(update={"chunks": tuple(chunks)}))
    assert main(["render", str(path), "--trust"]) == 0
    assert "2 files rendered; they are no videos, so there is nothing to stitch" in capsys.readouterr().out
    assert "png video cannot be put" in refused([str(path), "--trust", "--output", str(work / "o.mp4")], capsys)


def test_a_sound_that_will_be_another_is_told_before_anything_is_rendered(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (chunk,) = text_job(1, frames=3).chunks
    made = "ffmpeg -v error -f lavfi -i color=s=16x16:r=30 -f lavfi -i anullsrc -t 0.1 -c:v mpeg4 -c:a pcm_s16le a.mov"
    chunks = (chunk.model_copy(update={"output_file": "a.mov", "command": made}),)
    path = put(work, text_job(1, frames=3).model_copy(update={"chunks": chunks, "output_file": "film.mp4"}))
    assert main(["render", str(path), "--trust"]) == 0
    told = "The sound becomes aac: pcm_s16le cannot be made in a .mp4 file."
    assert told in capsys.readouterr().err
    sound = probe(work / "film.mp4").audio
    assert sound is not None
    assert sound.codec == "aac"


def test_a_large_job_takes_few_lines(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(put(work, text_job(250))), "--trust", "--concurrency", "8"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(runs(work)) == 250
    assert 3 <= len(lines) <= 110
    assert "250/250" in "".join(lines)


def test_an_ffmpeg_that_is_too_old_is_told_before_anything_is_rendered(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = video_job(1, work)
    with only_ffmpeg(ffmpeg_of(home, "4.4.2-0ubuntu0.22.04.1", "58. 76")):
        assert main(["render", str(job), "--trust"]) == 1
    told = "".join(capsys.readouterr())
    assert f"{home / 'ffmpeg'} is ffmpeg 4.4.2-0ubuntu0.22.04.1, and ffmpeg 5.1 or a newer one is needed." in told
    assert "Install ffmpeg 5.1 or a newer one." in told
    assert not (work / "part_0.mov").exists()


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("FOO=1 python3 render.py", "set environment variables in the profile"),
        ("render.sh part_0.txt", "Write ./render.sh"),
        ("./render.sh part_0.txt", "is not executable"),
        ("~/render.sh part_0.txt", "write the whole path"),
        ("cd frames", "is a command of the shell"),
    ],
)
def test_commands_written_for_a_shell_are_explained_before_and_after(
    home: Path, work: Path, command: str, hint: str
) -> None:
    (work / "render.sh").write_text("#!/bin/sh\n")
    spec = text_job(1)
    put(work, spec.model_copy(update={"chunks": (spec.chunks[0].model_copy(update={"command": command}),)}))
    answer = run_cli(home, "render", work / "job.json", "--trust", "--json")
    told = events(answer.stdout)
    notes = [str(event["message"]) for event in told[: [event["event"] for event in told].index("job")]]
    assert any(hint in note for note in notes), notes
    (failed,) = told[-1]["chunks"]  # type: ignore[misc]
    assert "not run through" in failed["cause"] or hint in failed["cause"]
    assert len([event for event in told if event.get("state") == "retrying"]) == 0


def test_outputs_elsewhere_are_written_once_they_were_named(home: Path, work: Path) -> None:
    """The layout of ``helios render -o out/film.mp4 --emit-job jobs/job.json``, and an absolute output."""
    jobs, elsewhere = work / "jobs", work / "elsewhere"
    jobs.mkdir()
    path = video_job(2, jobs)
    document = json.loads(path.read_text())
    for chunk, name in zip(document["chunks"], ("../out/part_0.mov", f"{elsewhere}/part_1.mov"), strict=True):
        chunk["command"] = chunk["command"].replace(chunk["outputFile"], name)
        chunk["outputFile"] = name
    del document["outputFile"]
    document["mergeCommand"] = f"helios merge ../out/film.mp4 ../out/part_0.mov {elsewhere}/part_1.mov"
    path.write_text(json.dumps(document))
    answer = run_cli(home, "render", path)
    assert answer.returncode == 2
    assert "has not been run on this computer before" in answer.stderr
    assert not (work / "out").exists()
    answer = run_cli(home, "render", path, "--trust")
    assert answer.returncode == 0, answer.stderr
    (note,) = answer.stderr.splitlines()
    assert note.startswith("The job writes outside its folder: ")
    for place in ("out/part_0.mov", "elsewhere/part_1.mov", "out/film.mp4"):
        assert str(work / place) in note
    assert probe(work / "out" / "film.mp4").frames == 20
    assert not (jobs / "part_0.mov").exists()


def test_output_in_a_folder_that_is_not_there_yet(home: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)
    path = video_job(2, work)
    assert main(["render", path.name, "--trust", "--output", "new/folder/other.mp4"]) == 0
    assert probe(work / "new/folder/other.mp4").frames == 20
    assert not (work / "film.mp4").exists()


def test_one_is_told_as_one(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(work, text_job(1, frames=1))
    assert main(["render", str(path), "--trust", "--no-merge"]) == 0
    assert capsys.readouterr().out.endswith(f"Done: {work} (1 chunk, 1 frame, not stitched, as asked)\n")
    assert main(["render", str(path), "--trust"]) == 0
    assert capsys.readouterr().out.endswith("(1 file rendered; it is no video, so there is nothing to stitch)\n")


@pytest.mark.skipif(sys.platform == "win32", reason="names have no line breaks")
def test_a_line_break_in_a_name_is_no_line_of_its_own(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = video_job(1, work)
    assert main(["render", str(job), "--trust", "--output", str(work / "Done\n100 %.mp4")]) == 0
    printed = "".join(capsys.readouterr())
    assert "Done\\n100 %.mp4 (1 chunk, 10 frames" in printed.splitlines()[-1]
    assert not any(line.startswith("100 %.mp4") for line in printed.splitlines())


def test_no_merge_leaves_the_chunks(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(video_job(2, work)), "--trust", "--no-merge"]) == 0
    assert not (work / "film.mp4").exists()
    assert probe(work / "part_1.mov").frames == 10
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"Done: {work} (2 chunks, 20 frames, not stitched, as asked)"


def test_only_some_chunks(home: Path, work: Path, job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(job), "--trust", "--chunk", "4", "--chunk", "1"]) == 0
    assert sorted(runs(work)) == ["1", "4"]
    output = capsys.readouterr().out
    assert "only chunk 4, 1" in output
    assert output.splitlines()[-1] == f"Done: {work} (2 of 6 chunks rendered, as asked)"


def test_options_reach_the_engine(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ProfileStore(AppFolders.at(home).create().profiles).save([LocalProfile(name="Night")], "Night")
    path = put(work, text_job(1, "import sys; open('runs.txt', 'a').write(sys.argv[2] + '\\n'); sys.exit('no')"))
    assert main(["render", str(path), "--trust", "--retries", "0"]) == 1
    assert runs(work) == ["0"]
    assert "profile Night" in capsys.readouterr().out


def test_a_reader_that_goes_away_does_not_end_the_render(home: Path, work: Path, job: Path) -> None:
    child = subprocess.Popen(
        command("render", job, "--trust"), env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.close()
    _, errors = child.communicate(timeout=90)
    assert (child.returncode, errors) == (0, b"")
    assert len(runs(work)) == 6


def test_a_damaged_journal_is_set_aside_and_said_so(home: Path, job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    AppFolders.at(home).create().journal.write_bytes(b"not a database, but as long as one" * 100)
    assert main(["render", str(job), "--trust"]) == 0
    told = capsys.readouterr()
    assert "damaged and set aside" in told.err
    assert "Done" in told.out


# -- a job that does not ---------------------------------------------------------------------------------


def test_a_failed_chunk_is_explained_and_can_be_resumed(home: Path, work: Path) -> None:
    path = put(work, text_job(6, FAILING))
    answer = run_cli(home, "render", "job.json", "--trust", "--retries", "1", cwd=work)
    assert answer.returncode == 1
    assert answer.stderr.startswith("Failed: 1 of 6 chunks.")
    assert 'Chunk 3, frames 30–39, 2 attempts: "python' in answer.stderr
    quoted = [line.removeprefix("  | ") for line in answer.stderr.splitlines() if line.startswith("  | ")]
    assert quoted == [*(f"line {number}" for number in range(21, 30)), "RuntimeError: no texture"]
    log = next(line for line in answer.stderr.splitlines() if line.startswith("  log: "))
    assert "no \x1b[31mtexture" in Path(log.removeprefix("  log: ")).read_text()
    assert answer.stderr.endswith("resume with: helios-gui render job.json --resume --trust\n")

    (work / "mended").touch()
    again = run_cli(home, "render", path, "--resume", "--trust")
    assert again.returncode == 0, again.stderr
    assert "5 of 6 chunks are done already" in again.stdout
    assert sorted(runs(work)) == ["0", "1", "2", "3", "4", "5"]


def test_json_tells_of_failed_chunks(home: Path, work: Path) -> None:
    path = put(work, text_job(6, FAILING))
    answer = run_cli(home, "render", path, "--trust", "--retries", "0", "--json")
    last = events(answer.stdout)[-1]
    assert (answer.returncode, last["event"], last["exitCode"], last["chunksDone"]) == (1, "failed", 1, 5)
    (chunk,) = last["chunks"]  # type: ignore[misc]
    assert chunk["id"] == 3
    assert "no texture" in chunk["cause"]
    assert Path(chunk["log"]).exists()


def test_many_failures_are_told_briefly(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(work, text_job(60, "import sys; sys.exit('broken')"))
    options = ["--retries", "0", "--concurrency", "4", "--stop-after-failures", "off"]
    assert main(["render", str(path), "--trust", *options]) == 1
    told = capsys.readouterr()
    assert "More chunks fail" in told.out
    assert len(told.out.splitlines()) < 30
    assert told.err.startswith("Failed: 60 of 60 chunks.")
    assert "… and 50 chunks more: 10–59" in told.err


def test_a_failed_merge_command_names_its_log(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = text_job(2).model_copy(update={"merge_command": python("import sys; print('disk on fire'); sys.exit(4)")})
    assert main(["render", str(put(work, spec)), "--trust"]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith("Failed: The job's merge command failed")
    log = next(line for line in errors.splitlines() if line.startswith("  log: "))
    assert "disk on fire" in Path(log.removeprefix("  log: ")).read_text()


# -- what is refused before anything runs ------------------------------------------------------------------


def test_bad_input_is_refused(
    home: Path, work: Path, job: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(job)
    (work / "folder.mp4").mkdir()
    film = str(video_job(1, work))
    assert "cannot be read" in refused([str(work / "none.json")], capsys)
    assert "The profiles are: “Local”." in refused([path, "--profile", "aws"], capsys)
    assert "no chunks 7, 9.\nIts chunks are 0 to 5." in refused([path, "--chunk", "9", "--chunk", "7"], capsys)
    assert "is a folder" in refused([film, "--output", str(work / "folder.mp4")], capsys)
    assert "no kind of video" in refused([film, "--output", str(work / "film.txt")], capsys)
    assert "file of the job itself" in refused([film, "--output", str(work / "x/../part_0.mov")], capsys)
    assert "cannot be created" in refused([film, "--output", f"{path}/film.mp4"], capsys)
    assert "Leave out one of them" in refused([film, "--output", "a.mp4", "--no-merge"], capsys)
    own_merge = text_job(1).model_copy(update={"merge_command": python("pass")})
    assert "command of its own" in refused([str(put(work, own_merge)), "--output", "a.mp4"], capsys)
    assert not runs(work)


def studio(home: Path, work: Path, path: Path) -> None:
    """Have the job measured through a profile that is in a cloud from then on. (Nobody is there to render it.)"""
    profiles = ProfileStore(AppFolders.at(home).create().profiles)
    profiles.save((LocalProfile(name="studio"), LocalProfile(name="Local")), "studio")
    assert main(["render", str(path), "--trust", "--chunk", "0"]) == 0
    cloud = AwsLambdaProfile(name="studio", function="render", storage_url="s3://studio", price_per_gb_second=1000)
    unused = cloud.model_copy(update={"name": "unused", "spend_limit": 5.0})
    profiles.save((cloud, unused, LocalProfile(name="Local")), "studio")


def test_what_a_cloud_may_cost_is_the_first_event(
    home: Path, work: Path, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studio(home, work, job)
    capsys.readouterr()
    assert main(["render", str(job), "--json"]) == 2, "it was not agreed to"
    told, refusal = events(capsys.readouterr().out)
    assert (told["event"], told["profile"], told["chunks"], told["frames"]) == ("estimate", "studio", 6, 60)
    pace = told["secondsPerFrame"]
    assert isinstance(pace, list)
    assert pace[0] == pace[1] > 0
    assert told["low"] == told["high"] == pytest.approx(2000 * pace[0] * 60, rel=0.05)
    assert (told["spendLimit"], told["warning"]) == (None, "")
    assert refusal["event"] == "error"

    assert main(["render", str(job), "--json", "--profile", "unused", "--chunk", "1"]) == 2
    told, _ = events(capsys.readouterr().out)
    assert (told["low"], told["high"], told["secondsPerFrame"]) == (None, None, None)
    assert (told["basis"], told["spendLimit"]) == ("Nothing was rendered with “unused” yet.", 5.0)
    assert told["chunks"] == 1

    assert main(["render", str(job), "--json", "--profile", "Local"]) == 2
    assert [event["event"] for event in events(capsys.readouterr().out)] == ["error"], "here it costs nothing"


def test_an_estimate_of_a_resumed_job_is_of_what_is_left(
    home: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(work, text_job(6, FAILING))
    profiles = ProfileStore(AppFolders.at(home).create().profiles)
    profiles.save((LocalProfile(name="studio"), LocalProfile(name="Local")), "studio")
    assert main(["render", str(path), "--trust", "--retries", "0"]) == 1
    cloud = AwsLambdaProfile(name="studio", function="render", storage_url="s3://studio")
    profiles.save((cloud, LocalProfile(name="Local")), "Local")
    capsys.readouterr()
    assert main(["render", str(path), "--resume", "--json"]) == 2
    told, _ = events(capsys.readouterr().out)
    assert (told["profile"], told["chunks"]) == ("studio", 1), "it would go on where it was"
    assert told["basis"].startswith("Measured on 5 chunks of this job")  # type: ignore[attr-defined]


def test_all_problems_of_a_bad_job_file_are_told(home: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = work / "job.json"
    path.write_text('{"metadata": {}, "chunks": []}')
    assert main(["render", str(path), "--json"]) == 2
    told = capsys.readouterr()
    (event,) = events(told.out)
    assert (event["event"], event["exitCode"]) == ("error", 2)
    for problem in ("metadata.totalFrames: is missing", "metadata.fps: is missing", "chunks: must not be empty"):
        assert problem in told.err
        assert problem in str(event["message"])


def test_a_new_job_is_not_run_unasked(home: Path, work: Path, job: Path) -> None:
    answer = run_cli(home, "render", job, stdin="y\n")
    assert answer.returncode == 2
    assert "--trust" in answer.stderr
    assert not runs(work)
    assert run_cli(home, "render", job, "--trust").returncode == 0
    assert run_cli(home, "render", job).returncode == 2, "--trust is for once"


def test_a_job_that_another_process_renders_is_left_to_it(home: Path, work: Path) -> None:
    path = put(work, text_job(6, WAITING))
    first = subprocess.Popen(
        command("render", path, "--trust"), env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        wait_until(lambda: len(runs(work)) == 2)
        for more in ([], ["--resume"], ["--resume", "--chunk", "0"]):
            answer = run_cli(home, "render", path, "--trust", *more)
            assert answer.returncode == 2
            assert f"Another Helios process (number {first.pid}) is rendering" in answer.stderr
        assert len(runs(work)) == 2
    finally:
        first.send_signal(signal.SIGTERM)
        output, errors = first.communicate(timeout=90)
    assert first.returncode == 130
    assert b"Interrupted. 2 of 6 chunks are done. Resume with: helios-gui render " in errors
    assert b"Done" not in output
    assert not processes_in(work)
