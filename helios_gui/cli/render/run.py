"""``helios-gui render``: renders one job file and returns the exit code."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from helios_gui.cli.output import ExitCode, print_error, print_json, print_text, supports_live_display
from helios_gui.cli.render.prepare import prepare_render
from helios_gui.cli.render.reporters.base import Reporter
from helios_gui.cli.render.request import RenderRequest
from helios_gui.cli.render.session import RenderSession
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.utils.folders import AppFolders


def render_job(request: RenderRequest) -> ExitCode:
    """Render a job file, with progress on standard output and errors on standard error (with JSON, on both)."""

    def render() -> ExitCode:
        reporter = make_reporter(as_json=request.as_json)
        prepared = prepare_render(request, AppFolders.default().create(), reporter)
        return run_session(RenderSession(prepared, reporter), reporter)

    return report_errors(render, as_json=request.as_json, interrupted=tr("\nInterrupted. Nothing was rendered."))


def report_errors(work: Callable[[], ExitCode], *, as_json: bool, interrupted: str) -> ExitCode:
    """Do the work of a command, and print why it could not be done.

    Args:
        work: Does it, and returns the exit code.
        as_json: Print an error as a JSON line on standard output, too.
        interrupted: What to print after Ctrl-C.
    """
    try:
        return work()
    except HeliosError as error:
        code = print_error(error)
        if as_json:
            print_json({"event": "error", "exitCode": code, "message": str(error), "hint": error.hint})
        return code
    except KeyboardInterrupt:
        print_text(interrupted, error=True)
        return ExitCode.INTERRUPTED


def make_reporter(*, as_json: bool) -> Reporter:
    """Return the reporter for JSON lines, for a terminal that can be redrawn, or for lines of text."""
    if as_json:
        from helios_gui.cli.render.reporters.json_lines import JsonReporter

        return JsonReporter()
    if supports_live_display(sys.stdout):
        from helios_gui.cli.render.reporters.live import LiveReporter

        return LiveReporter()
    from helios_gui.cli.render.reporters.plain import PlainReporter

    return PlainReporter()


def run_session(session: RenderSession, reporter: Reporter) -> ExitCode:
    """Run a session to its end, and return the exit code."""
    try:
        asyncio.run(session.run())
    except asyncio.CancelledError:  # a second Ctrl-C cut the shutdown short; all workers were killed
        session.report_forced_stop()
    finally:
        reporter.close()
    return session.exit_code
