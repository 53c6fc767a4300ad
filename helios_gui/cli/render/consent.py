"""Permission to run a job: a job that is new on this computer is shown to the user before it runs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from helios_gui import product
from helios_gui.cli.output import print_text
from helios_gui.cli.render.request import RenderRequest
from helios_gui.hooks.hook_text import hook_action, hook_occasion
from helios_gui.jobfile.command_line import names_this_program
from helios_gui.jobfile.outside_outputs import fold_numbered
from helios_gui.profiles.program_use import CommandForm, ProgramUse
from helios_gui.profiles.trust import JobReview, TrustStore
from helios_gui.translation import tr, tr_count
from helios_gui.types import UserInputError
from helios_gui.types.sequences import read_pattern
from helios_gui.utils.shown_text import plain_text, shorten_text

_MAX_FORMS = 30
"""Commands that are shown of all programs together, before the user asks for all."""


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What the user has to permit before the job may run. Call ``describe`` first, then ``require``.

    Attributes:
        review: What the job runs and where.
        source: The job file.
        store: Remembers the answer.
        destination: The storage URL that the job's folder is copied to; empty for a render on this machine.
        is_about_upload: Whether copying the folder to ``destination`` is new and has to be permitted.
        is_interactive: Whether there is a terminal where the question can be asked.
    """

    review: JobReview
    source: Path
    store: TrustStore
    destination: str
    is_about_upload: bool
    is_interactive: bool

    def describe(self) -> None:
        """Print what would run and what would be copied where. Without a terminal, nothing is printed."""
        if self.is_interactive:
            destination = self.destination if self.is_about_upload else ""
            print_text("\n".join(_describe(self.review, self.source, destination)), error=True)

    def require(self) -> None:
        """Ask for permission, and remember it where it is given.

        Raises:
            UserInputError: The answer is no, or there is no terminal where the question can be asked.
        """
        if not self.is_interactive:
            raise UserInputError(
                tr(
                    "{source} has not been run on this computer before, and a job runs programs with your permissions.",
                    source=self.source,
                ),
                tr("Check its commands; then run it with --trust, or confirm it once in a terminal or in the window."),
            )
        if not _confirm_run(self.review.commands):
            raise UserInputError(tr("The job was not run."))
        try:
            self.store.remember(self.review)
            if self.destination:
                self.store.remember_upload(self.review, self.destination)
        except OSError as error:
            print_text(tr("Your answer could not be saved: {reason}.", reason=error.strerror or error), error=True)


def required_consent(
    review: JobReview, source: Path, trust_file: Path, request: RenderRequest, destination: str = ""
) -> ConsentRequest | None:
    """Return what the user has yet to permit; ``None`` where that was done before, or with ``--trust``.

    ``destination`` is the storage URL that the job's folder would be copied to, which needs permission as well.
    """
    if request.trust:
        return None
    store = TrustStore(trust_file)
    if store.problem:
        print_text(store.problem, error=True)
    may_upload = not destination or store.may_upload(review, destination)
    if store.is_trusted(review) and may_upload:
        return None
    is_interactive = not request.as_json and sys.stdin.isatty() and sys.stderr.isatty()
    return ConsentRequest(review, source, store, destination, not may_upload, is_interactive)


def describe_doubts(review: JobReview, *, runs_here: bool) -> Iterator[str]:
    """Say what the job writes elsewhere, and which commands will hardly do what is meant, before the first runs.

    Programs that were not found count where chunks are rendered on this machine (``runs_here``).
    """
    if review.outside_outputs:
        yield tr(
            "The job writes outside its folder: {files}",
            files=", ".join(fold_numbered(review.outside_outputs)),
        )
    if runs_here:
        yield from (f"{program.problem} {program.hint}" for program in review.missing)
    yield from review.shell_habits
    for hook, used in review.hooks:
        action = hook_action(hook, hook.url)
        found = "" if used is None else f" ({_path(used.resolved or tr('not found'))})"
        yield tr("The job file brings a hook: {action}", action=plain_text(action)) + f"{found}, {hook_occasion(hook)}"
    yield from map(plain_text, review.hook_problems)


def _confirm_run(commands: Sequence[str]) -> bool:
    """Ask whether to run the job, as often as the user wants to see all commands first."""
    while True:
        answer = _read_answer(tr("Run it? [y/N], or c to show all commands in full: "))
        if answer not in ("c", "commands"):
            return answer in ("y", "yes")
        for command in commands:
            print_text("\n".join(_wrapped(plain_text(command))), error=True)


def _read_answer(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):  # the input was closed
        sys.stderr.write("\n")
    return answer.strip().lower()


def _describe(review: JobReview, source: Path, destination: str) -> Iterator[str]:
    if destination:
        yield tr("{source} has not been sent to {destination} before.", source=source, destination=destination)
        yield tr(
            "Its folder would be copied there (.heliosignore lists what is left out), and workers run these programs:"
        )
    else:
        yield tr("{source} has not been run on this computer before.", source=source)
        yield tr("It would run these programs, with your permissions:")
    left = _MAX_FORMS
    for program in review.programs:
        yield ""
        yield from _describe_program(program, review.job_dir, is_merge=program == review.merge_program)
        yield from _describe_forms(program.forms, left)
        left = max(0, left - len(program.forms))
    if review.hooks:
        yield ""
        yield from _describe_hooks(review)
    yield ""
    yield from _describe_places(review)
    yield ""


def _describe_hooks(review: JobReview) -> Iterator[str]:
    yield tr("On this computer, the hooks of the job file are told of it:")
    for hook, used in review.hooks:
        yield f"  {plain_text(hook.name)}   {hook_occasion(hook)}"
        if used is None:
            yield f"    {plain_text(hook_action(hook, hook.url))}"
        else:
            yield from _describe_file(used, review.job_dir)
            yield from _wrapped(plain_text(hook.command))


def _describe_places(review: JobReview) -> Iterator[str]:
    """Say where the job reads and writes."""
    yield tr("  Working folder   {job_dir}", job_dir=_path(review.job_dir))
    if review.outside_outputs:
        yield from _listed(tr("Writes outside"), fold_numbered(review.outside_outputs))
    outside = [_path(path) for path in review.outside_paths] or [tr("none")]
    if review.outside_more:
        outside.append(tr("… and {outside_more} more", outside_more=review.outside_more))
    yield from _listed(tr("Files outside it"), outside)
    if review.sequence:
        yield from _listed(tr("Frames"), [_path(review.sequence)])
    if read_pattern(review.output.name) is None:
        yield tr(
            "  Finished video   {output}, of {count}",
            output=_path(review.output),
            count=tr_count("{number} chunk", "{number} chunks", review.outputs),
        )


def _listed(heading: str, lines: Sequence[str]) -> Iterator[str]:
    for first, line in zip([heading, *[""] * len(lines)], lines, strict=False):
        yield f"  {first:<16} {line}"


def _describe_program(program: ProgramUse, job_dir: Path, *, is_merge: bool) -> Iterator[str]:
    purpose = (
        tr("stitches the chunks")
        if is_merge and program.uses == 1
        else tr_count("{number} command", "{number} commands", program.uses)
    )
    yield f"  {plain_text(Path(program.written).name or program.written)}   {purpose}"
    yield from _describe_file(program, job_dir)


def _describe_file(program: ProgramUse, job_dir: Path) -> Iterator[str]:
    """Say which file a program is."""
    yield f"    {_path(program.resolved or tr('NOT FOUND on this computer; its commands will fail'))}"
    if program.hint:
        yield f"    {program.hint}"
    if program.resolved is None:
        return
    real = Path(os.path.realpath(program.resolved))
    if real != program.resolved:
        yield tr("    a link to {path}", path=_path(real))
    if program.digest:
        yield f"    SHA-256 {program.digest}"
    if names_this_program(program.written):
        yield "    " + tr("This is {name} itself.", name=product.NAME)
    if program.resolved.is_relative_to(job_dir) or real.is_relative_to(job_dir):
        yield tr("    This program came with the job.")


def _describe_forms(forms: Sequence[CommandForm], left: int) -> Iterator[str]:
    for form in forms[:left]:
        yield from _wrapped(shorten_text(form.example))
        if form.uses > 1:
            yield tr_count(
                "      and {number} more that differs only in its numbers",
                "      and {number} more that differ only in their numbers",
                form.uses - 1,
            )
    if len(forms) > left:
        yield tr_count(
            "    {number} more command is not shown here",
            "    {number} more commands are not shown here",
            sum(form.uses for form in forms[left:]),
        )


def _path(path: Path | str) -> str:
    """Return a path on one line, whatever its name holds."""
    return plain_text(str(path))


def _wrapped(command: str) -> Iterator[str]:
    width = max(20, shutil.get_terminal_size().columns - 6)
    yield from (f"    > {command[start : start + width]}" for start in range(0, len(command), width))
