"""What a job would run and touch, for a person to look at before it does."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from helios_gui.hooks.hook import Hook
from helios_gui.hooks.job_hooks import read_job_hooks
from helios_gui.jobfile.command_line import parse_command
from helios_gui.jobfile.merge_command import final_output, replaceable_merge
from helios_gui.jobfile.outside_outputs import find_outside_outputs
from helios_gui.jobfile.shell_habits import find_shell_habits
from helios_gui.profiles.program_use import ProgramUse, find_programs
from helios_gui.types import JobSpec
from helios_gui.utils.files import expand_home

MAX_OUTSIDE_PATHS = 50


@dataclass(frozen=True, slots=True)
class JobReview:
    """Everything worth knowing before a job runs for the first time.

    ``programs`` are distinct, in order of first use, the merge command's included where we do not stitch
    ourselves (``merge_program`` is that one). ``outside_paths`` are files outside ``job_dir`` that commands
    name, at most ``MAX_OUTSIDE_PATHS`` of them; ``outside_more`` counts the rest. ``outputs`` counts the chunk
    files, ``output`` is the finished video; ``sequence`` names the image sequences that chunks write, in one line.
    Two reviews with one ``fingerprint`` run the same commands in the same folder with the same programs, byte by
    byte, and write the same files outside it: those are ``outside_outputs``, all of them. ``shell_habits`` are
    sentences about what in the commands only a shell would act on. ``commands`` are all distinct ones, as written.
    ``hooks`` are those that the job file brings, with the program that each runs here (``None`` for one that sends),
    and ``hook_problems`` sentences about those that are left out.
    """

    programs: tuple[ProgramUse, ...]
    job_dir: Path
    outputs: int
    output: Path
    merge_program: ProgramUse | None
    outside_paths: tuple[Path, ...]
    outside_more: int
    fingerprint: str
    shell_habits: tuple[str, ...] = ()
    outside_outputs: tuple[str, ...] = ()
    sequence: str = ""
    commands: tuple[str, ...] = ()
    hooks: tuple[tuple[Hook, ProgramUse | None], ...] = ()
    hook_problems: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[ProgramUse, ...]:
        """The programs that were not found on this machine."""
        return tuple(program for program in self.programs if program.resolved is None)


def review_job(spec: JobSpec, job_dir: Path, source: Path | None = None, search_path: str | None = None) -> JobReview:
    """Look at a job without running anything. It reads the disk, so call it off the window's thread.

    ``source`` is the job file, where there is one. ``search_path`` is where programs are looked up, in the form of
    ``PATH``; by default this process's. Raises ``UserInputError`` for a command that cannot be parsed.
    """
    folder = Path(os.path.realpath(job_dir))
    merge = None if replaceable_merge(spec) else spec.merge_command
    commands = [chunk.command for chunk in spec.chunks]
    parsed = [(command, parse_command(command)) for command in (*commands, *([merge] if merge else []))]
    programs = find_programs(parsed, folder, search_path)
    output = final_output(spec, folder, source)
    outside = _outside([*(arguments for _, arguments in parsed), ("", *_named_files(spec, output))], folder)
    outside_outputs = find_outside_outputs(spec, folder, source)
    brought = read_job_hooks(spec)
    hooks = tuple((hook, _hook_program(hook, folder)) for hook in brought.hooks)
    return JobReview(
        programs=tuple(programs.values()),
        job_dir=folder,
        outputs=len(spec.chunks) if spec.renders_frames else len({chunk.output_file for chunk in spec.chunks}),
        sequence=_sequence(spec),
        output=output,
        merge_program=programs[parsed[-1][1][0]] if merge else None,
        outside_paths=outside[:MAX_OUTSIDE_PATHS],
        outside_more=max(0, len(outside) - MAX_OUTSIDE_PATHS),
        fingerprint=_fingerprint(commands, spec.merge_command, folder, programs.values(), outside_outputs, hooks),
        shell_habits=find_shell_habits((command for command, _ in parsed), folder),
        outside_outputs=outside_outputs,
        commands=tuple(dict.fromkeys(command for command, _ in parsed)),
        hooks=hooks,
        hook_problems=brought.problems,
    )


def _hook_program(hook: Hook, folder: Path) -> ProgramUse | None:
    """Return the program of a hook's command. It runs on this computer, wherever chunks are rendered."""
    if not hook.command:
        return None
    arguments = parse_command(hook.command)
    return find_programs([(hook.command, arguments)], folder, None)[arguments[0]]


def _sequence(spec: JobSpec) -> str:
    if not spec.renders_frames:
        return ""
    patterns = list(dict.fromkeys(chunk.output_file for chunk in spec.chunks))
    return patterns[0] if len(patterns) == 1 else f"{patterns[0]} … {patterns[-1]}"


def _named_files(spec: JobSpec, output: Path) -> Iterator[str]:
    """Return files that are in no command that we run: the outputs, and what the job says that it reads besides."""
    yield str(output)
    yield from (chunk.output_file for chunk in spec.chunks)
    yield from spec.input_files or ()


def _outside(commands: Iterable[tuple[str, ...]], folder: Path) -> tuple[Path, ...]:
    """Return the distinct paths outside ``folder`` among the arguments (not the programs) of the commands."""
    seen: set[str] = set()
    outside: dict[Path, None] = {}
    for arguments in commands:
        for argument in arguments[1:]:
            if argument not in seen:
                seen.add(argument)
                outside.update(dict.fromkeys(_paths_outside(argument, folder)))
    return tuple(outside)


def _paths_outside(argument: str, folder: Path) -> Iterator[Path]:
    """Yield what the argument, or the value in ``--option=value`` or ``file:value``, points at outside the folder."""
    for text in {argument, argument.partition("=")[2], argument.removeprefix("file:")}:
        path = _as_path(text, folder)
        if path and not path.is_relative_to(folder) and str(path) != os.devnull:
            yield path


def _as_path(text: str, folder: Path) -> Path | None:
    """Return the real path an argument names, if it can lead out of the folder: absolute, with ``..`` or a link."""
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    if not text or "\0" in text or "://" in text:
        return None
    if text.startswith("~"):  # no shell expands it, but some programs do by themselves
        text = expand_home(text)
    path = folder / text
    if not (Path(text).is_absolute() or ".." in Path(text).parts or os.path.lexists(path)):
        return None
    try:
        return Path(os.path.realpath(path))
    except OSError:
        return path


def _fingerprint(
    commands: list[str],
    merge: str | None,
    folder: Path,
    programs: Iterable[ProgramUse],
    outside_outputs: tuple[str, ...],
    hooks: tuple[tuple[Hook, ProgramUse | None], ...],
) -> str:
    content: list[object] = [str(folder), commands, merge, _identities(programs)]
    if outside_outputs:
        content.append(outside_outputs)
    if hooks:
        texts = [hook.model_dump_json() for hook, _ in hooks]
        content.append({"hooks": texts, "programs": _identities(program for _, program in hooks if program)})
    return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()


def _identities(programs: Iterable[ProgramUse]) -> list[tuple[str, str, str]]:
    return [(program.written, str(program.resolved), program.digest) for program in programs]
