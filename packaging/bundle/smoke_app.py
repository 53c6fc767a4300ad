"""The app under test: started in a bare environment, and held to what it may print."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 180.0
"""Seconds for anything; a slow machine needs a tenth."""

FOREIGN = {"LD_LIBRARY_PATH": "/nowhere/libraries", "QT_PLUGIN_PATH": "/nowhere/plugins"}
"""What a person may have set for other programs: the app must neither stumble over it nor lose it."""

EXPECTED = ("PulseAudioService: pa_context_connect() failed",)
"""What Qt says in the window where no sound server is running, as on a machine that only builds."""


class SmokeError(Exception):
    """The app did not do what it should; the message says what."""


class App:
    """The app, with a home of its own below ``folder`` and nothing on its path."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        program = shutil.which(command[0])
        if program is None:
            raise SystemExit(f"there is no program {command[0]}")
        self.command = [str(Path(program).absolute()), *command[1:]]
        self.folder = folder
        self.home = folder / "home"
        self.programs = folder / "programs"
        self.home.mkdir()
        self.programs.mkdir()
        self.environment = self._environment()

    def run(self, *arguments: object, errors: str = "") -> str:
        """What a command prints; it has to end well and print nothing but ``errors`` on standard error."""
        command = [*self.command, *map(str, arguments)]
        done = subprocess.run(
            command, env=self.environment, cwd=self.folder, capture_output=True, timeout=PATIENCE, check=False
        )
        output, complaint = done.stdout.decode(), done.stderr.decode()
        if done.returncode != 0 or complaint != errors:
            raise SmokeError(f"{_named(arguments)} ended with {done.returncode}\n{output}{complaint}")
        return output

    @contextmanager
    def started(self, *arguments: object, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """The running app; leaving ends it. What it prints goes to ``output`` and ``errors`` in the folder."""
        command = [*self.command, *map(str, arguments)]
        with self.printed("output").open("wb") as output, self.printed("errors").open("wb") as errors:
            process = subprocess.Popen(
                command,
                env=self.environment | environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def printed(self, stream: str) -> Path:
        """The file with what the app that was ``started`` last printed: ``output`` or ``errors``."""
        return self.folder / stream

    def check_silence(self) -> None:
        """The app that was started last must not have printed anything."""
        text = "".join(self.printed(stream).read_text(errors="replace") for stream in ("output", "errors"))
        unexpected = [line for line in text.splitlines() if line not in EXPECTED]
        if unexpected:
            raise SmokeError("\n".join(["the app printed what it should not:", *unexpected]))

    def _environment(self) -> dict[str, str]:
        """Nothing of this process's environment but what the system itself cannot do without."""
        system = ("COMSPEC", "PATHEXT", "SYSTEMDRIVE", "SYSTEMROOT", "WINDIR") if sys.platform == "win32" else ()
        kept = {name: os.environ[name] for name in system if name in os.environ}
        folders = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
        path = [str(self.programs)]
        if sys.platform == "win32":
            path.append(str(Path(os.environ["SYSTEMROOT"], "System32")))
        kept |= dict.fromkeys(folders, str(self.home)) | {"PATH": os.pathsep.join(path)}
        kept |= {"TMPDIR": str(self.folder), "TEMP": str(self.folder), "TMP": str(self.folder)}
        if sys.platform == "win32":
            return kept
        return kept | FOREIGN | {"LANG": "C.UTF-8"}


def _named(arguments: Sequence[object]) -> str:
    return "helios-gui " + " ".join(map(str, arguments))
