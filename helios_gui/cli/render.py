"""``helios-gui render``: one job from its file to its video, and the exit code that says how it went."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helios_gui.cli.output import ExitCode, complain, say, say_json
from helios_gui.cli.reporting import Reporter, choose_reporter
from helios_gui.jobfile.command_line import join_command
from helios_gui.types import HeliosError
from helios_gui.utils.folders import AppFolders

if TYPE_CHECKING:
    from helios_gui.cli.prepare import Prepared


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """What was typed; ``None`` where nothing was. Paths are as typed, relative to the current folder."""

    job: Path
    profile: str | None = None
    concurrency: int | None = None
    retries: int | None = None
    chunk_ids: tuple[int, ...] | None = None
    merge: bool = True
    output: Path | None = None
    resume: bool = False
    trust: bool = False
    as_json: bool = False

    @property
    def resume_command(self) -> str:
        """What to type to go on after this render was interrupted or failed."""
        trust = ["--trust"] if self.trust else []
        return join_command(["helios-gui", "render", str(self.job), "--resume", *trust])


def render_job(request: RenderRequest) -> ExitCode:
    """Render, with progress on standard output; errors go to standard error (with JSON, to both)."""
    from helios_gui.cli.prepare import prepare

    try:
        reporter = choose_reporter(as_json=request.as_json)
        return _run(prepare(request, AppFolders.default().create(), reporter), reporter)
    except HeliosError as error:
        code = complain(error)
        if request.as_json:
            say_json({"event": "error", "exitCode": code, "message": str(error), "hint": error.hint})
        return code
    except KeyboardInterrupt:
        say("\nInterrupted. Nothing was rendered.", error=True)
        return ExitCode.INTERRUPTED


def _run(prepared: Prepared, reporter: Reporter) -> ExitCode:
    from helios_gui.cli.session import RenderSession

    session = RenderSession(prepared, reporter)
    try:
        asyncio.run(session.run())
    except asyncio.CancelledError:  # a second Ctrl-C cut the shutdown short; everything was killed
        session.conclude_in_haste()
    finally:
        reporter.close()
    return session.exit_code
