"""What doctor says of a Qt that does not start: the last words of the process that tried."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from helios_gui.cli.doctor.qt_probe import probe_qt

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for the bundle is a shell script")

TRACE = "Traceback (most recent call last):\\nImportError: libEGL.so.1: cannot open shared object file"


def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A bundle that does this when it is started to report on Qt."""
    program = tmp_path / "helios-gui"
    program.write_text(f'#!/bin/sh\n[ "$*" = --qt-report ] || exit 9\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))


def test_the_reason_is_the_program_s_not_the_boot_loader_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boot_loader = "[PYI-5:ERROR] Failed to execute script 'launch' due to unhandled exception!"
    bundle(tmp_path, monkeypatch, f'printf \'%b\\n\' "{TRACE}" "{boot_loader}" >&2; exit 1')

    found = probe_qt()

    assert found.problem == "the window cannot open: ImportError: libEGL.so.1: cannot open shared object file"
    assert found.hint == "Install the system package that contains libEGL.so.1."


def test_a_bundle_without_backend_is_reinstalled_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle(tmp_path, monkeypatch, """echo '{"version": "6.11.3", "codecs": 0}'""")

    found = probe_qt()

    assert found.problem == "Qt 6.11.3, but QtMultimedia has no backend that plays video"
    assert found.hint.startswith("Reinstall Helios Render Manager.")


def test_a_process_that_ends_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle(tmp_path, monkeypatch, "exit 3")
    assert probe_qt().problem == "the window cannot open: it ended without a message"
