"""Before a job that is new here runs its commands, somebody has to agree to them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helios_gui.cli.output import clean, say
from helios_gui.profiles.trust import JobReview, ProgramUse, TrustStore, review_job
from helios_gui.types import JobSpec, UserInputError
from helios_gui.utils.format import count

if TYPE_CHECKING:
    from helios_gui.cli.render import RenderRequest

_LONGEST_EXAMPLE = 400


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody has to agree to before the job may run. ``describe`` first, then ``ask``."""

    review: JobReview
    source: Path
    store: TrustStore
    destination: str
    is_about_upload: bool
    can_be_asked: bool

    def describe(self) -> None:
        """Say what would run, and what would be copied where; nothing where nobody can be asked."""
        if self.can_be_asked:
            destination = self.destination if self.is_about_upload else ""
            say("\n".join(_describe(self.review, self.source, destination)), error=True)

    def ask(self) -> None:
        """Return if the answer is yes, which is remembered. Raises ``UserInputError`` if not."""
        if not self.can_be_asked:
            raise UserInputError(
                f"{self.source} has not been run on this computer before, and a job runs programs with your "
                "permissions.",
                "Look at its commands; then run it with --trust, or agree to it once in a terminal or in the window.",
            )
        if not _ask("Run it? [y/N] "):
            raise UserInputError("The job was not run.")
        try:
            self.store.remember(self.review)
            if self.destination:
                self.store.remember_upload(self.review, self.destination)
        except OSError as error:
            say(f"Your answer could not be written down: {error.strerror or error}.", error=True)


def open_question(
    spec: JobSpec, source: Path, trust_file: Path, request: RenderRequest, destination: str = ""
) -> Question | None:
    """What is to be agreed to yet: ``None`` where that was done before, or ``--trust`` was given.

    ``destination`` is the storage URL the job's folder would be copied to, which has to be agreed to as well.
    """
    if request.trust:
        return None
    review = review_job(spec, source.parent, source)
    store = TrustStore(trust_file)
    if store.problem:
        say(store.problem, error=True)
    may_upload = not destination or store.may_upload(review, destination)
    if store.is_trusted(review) and may_upload:
        return None
    can_be_asked = not request.as_json and sys.stdin.isatty() and sys.stderr.isatty()
    return Question(review, source, store, destination, not may_upload, can_be_asked)


def _ask(question: str) -> bool:
    sys.stderr.write(question)
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):  # the input was closed
        sys.stderr.write("\n")
    return answer.strip().lower() in ("y", "yes")


def _describe(review: JobReview, source: Path, destination: str) -> Iterator[str]:
    if destination:
        yield f"{source} has not been sent to {destination} before."
        yield "Its folder would be copied there (.heliosignore names what is left out), and workers run these programs:"
    else:
        yield f"{source} has not been run on this computer before."
        yield "It would run these programs, with your permissions:"
    for program in review.programs:
        yield ""
        yield from _describe_program(program, is_merge=program == review.merge_program)
    yield ""
    yield f"  Working folder   {review.job_dir}"
    outside = [str(path) for path in review.outside_paths] or ["none"]
    if review.outside_more:
        outside.append(f"… and {review.outside_more} more")
    for heading, path in zip(["Files outside it", *[""] * len(outside)], outside, strict=False):
        yield f"  {heading:<16} {path}"
    yield f"  Finished video   {review.output}, of {count(review.outputs, 'chunk', 'chunks')}"
    yield ""


def _describe_program(program: ProgramUse, *, is_merge: bool) -> Iterator[str]:
    purpose = "joins the chunks" if is_merge and program.uses == 1 else count(program.uses, "command", "commands")
    yield f"  {Path(program.written).name or program.written}   {purpose}"
    yield f"    {program.resolved or 'NOT FOUND on this computer; its commands will fail'}"
    example = clean(" ".join(program.example.splitlines()))
    width = shutil.get_terminal_size().columns - 6
    shown = example if len(example) <= _LONGEST_EXAMPLE else f"{example[:_LONGEST_EXAMPLE]}…"
    yield from (f"    > {shown[start : start + width]}" for start in range(0, len(shown), width))
