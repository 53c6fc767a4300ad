"""Permission to run a job: a job that is new on this computer is shown to the user before it runs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from helios_gui.cli.output import print_text, printable_line
from helios_gui.cli.render.request import RenderRequest
from helios_gui.jobfile.outside_outputs import fold_numbered
from helios_gui.profiles.trust import JobReview, ProgramUse, TrustStore
from helios_gui.translation import tr, tr_count
from helios_gui.types import UserInputError

_MAX_EXAMPLE = 400
"""Characters that are shown of a command."""


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What the user has to permit before the job may run. Call ``describe`` first, then ``ask``.

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

    def ask(self) -> None:
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
        if not _read_yes_or_no(tr("Run it? [y/N] ")):
            raise UserInputError(tr("The job was not run."))
        try:
            self.store.remember(self.review)
            if self.destination:
                self.store.remember_upload(self.review, self.destination)
        except OSError as error:
            print_text(tr("Your answer could not be saved: {strerror}.", strerror=error.strerror or error), error=True)


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
            "The job writes outside its folder: {fold_numbered}",
            fold_numbered=", ".join(fold_numbered(review.outside_outputs)),
        )
    if runs_here:
        yield from (f"{program.problem} {program.hint}" for program in review.missing)
    yield from review.shell_habits


def _read_yes_or_no(question: str) -> bool:
    sys.stderr.write(question)
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):  # the input was closed
        sys.stderr.write("\n")
    return answer.strip().lower() in ("y", "yes")


def _describe(review: JobReview, source: Path, destination: str) -> Iterator[str]:
    if destination:
        yield tr("{source} has not been sent to {destination} before.", source=source, destination=destination)
        yield tr(
            "Its folder would be copied there (.heliosignore lists what is left out), and workers run these programs:"
        )
    else:
        yield tr("{source} has not been run on this computer before.", source=source)
        yield tr("It would run these programs, with your permissions:")
    for program in review.programs:
        yield ""
        yield from _describe_program(program, is_merge=program == review.merge_program)
    yield ""
    yield tr("  Working folder   {job_dir}", job_dir=review.job_dir)
    if review.outside_outputs:
        yield from _listed(tr("Writes outside"), fold_numbered(review.outside_outputs))
    outside = [str(path) for path in review.outside_paths] or ["none"]
    if review.outside_more:
        outside.append(tr("… and {outside_more} more", outside_more=review.outside_more))
    yield from _listed(tr("Files outside it"), outside)
    yield tr(
        "  Finished video   {output}, of {count}",
        output=review.output,
        count=tr_count("{number} chunk", "{number} chunks", review.outputs),
    )
    yield ""


def _listed(heading: str, lines: Sequence[str]) -> Iterator[str]:
    for first, line in zip([heading, *[""] * len(lines)], lines, strict=False):
        yield f"  {first:<16} {line}"


def _describe_program(program: ProgramUse, *, is_merge: bool) -> Iterator[str]:
    purpose = (
        tr("stitches the chunks")
        if is_merge and program.uses == 1
        else tr_count("{number} command", "{number} commands", program.uses)
    )
    yield f"  {Path(program.written).name or program.written}   {purpose}"
    yield f"    {program.resolved or tr('NOT FOUND on this computer; its commands will fail')}"
    if program.hint:
        yield f"    {program.hint}"
    example = printable_line(program.example)
    width = shutil.get_terminal_size().columns - 6
    shown = example if len(example) <= _MAX_EXAMPLE else f"{example[:_MAX_EXAMPLE]}…"
    yield from (f"    > {shown[start : start + width]}" for start in range(0, len(shown), width))
