"""A Cloud Run service of the tests, and the instances of its container: real processes that serve ``$PORT``."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.cloud.servers.lambda_function import ROOT
from tests.cloud.servers.processes import START_LIMIT, kill_session, reserve_port, stop_process
from tests.support.worker_image import WorkerImage

_LOOK = 0.03


@dataclass(slots=True)
class CloudRunService:
    """A service's settings; tests may change them while it is served.

    ``command`` is the container's; ``environment`` is all it gets besides Cloud Run's own variables and ``PATH``.
    ``request_timeout`` is in seconds (300 unless configured, 3,600 at most); ``max_instances`` is a limit, each takes
    one request at a time; a request waits ``patience`` seconds for a free one before it is answered 429.
    ``invokers`` are the accounts that may call (all, when empty); ``audiences`` are audiences of tokens that are good
    besides the service's own address. ``reserves_z``: paths that end in ``z`` are answered 404 by the front itself,
    as the documentation warns some are. With ``image`` its containers start as that does, instead of with ``command``
    in the checkout.
    """

    command: Sequence[str] = (sys.executable, "-m", "helios_gui", "worker", "serve")
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = "helios-worker"
    max_instances: int = 3
    request_timeout: float = 300
    patience: float = 0.0
    invokers: set[str] = field(default_factory=set)
    audiences: set[str] = field(default_factory=set)
    reserves_z: bool = False
    image: WorkerImage | None = None


class Instance:
    """A running container: a process in a session of its own, with a ``/tmp`` of its own."""

    def __init__(self, service: CloudRunService) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="instance-"))
        (self._folder / "tmp").mkdir()
        self._log = self._folder / "log.txt"
        self._reservation = reserve_port()
        self.port = int(self._reservation.getsockname()[1])
        self.busy = False
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                list(service.command) if service.image is None else service.image.command(self._folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=self._environment(service),
                start_new_session=True,
            )

    @property
    def url(self) -> str:
        """Where the container serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether the container's process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the container's process, which is its session's, too."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What the container printed so far."""
        return self._log.read_text(errors="replace")

    async def started(self) -> bool:
        """Wait for the start-up probe: whether the container listens, and not rather has ended."""
        for _ in range(int(START_LIMIT / _LOOK)):
            if not self.alive:
                return False
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(_LOOK)
                continue
            writer.close()
            await writer.wait_closed()
            return True
        return False

    def terminate(self) -> None:
        """Ask the container to stop (SIGTERM), as Cloud Run does when it scales in."""
        self._process.terminate()

    def kill(self) -> None:
        """End all processes of the container at once, as when it runs out of memory."""
        kill_session(self._process)
        self._process.wait(START_LIMIT)

    def dispose(self) -> None:
        """Stop the container, killing what does not stop; forget its files."""
        stop_process(self._process)
        kill_session(self._process)
        self._reservation.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _environment(self, service: CloudRunService) -> dict[str, str]:
        folder = str(self._folder / "tmp")
        here = {
            "PATH": os.environ.get("PATH", os.defpath), "LANG": "en_US.UTF-8", "HOME": folder, "TMPDIR": folder
        }  # fmt: skip
        return {
            **(here if service.image is None else service.image.environment),
            "PORT": str(self.port),
            "K_SERVICE": service.name,
            "K_REVISION": f"{service.name}-00001-abc",
            "K_CONFIGURATION": service.name,
            **service.environment,
        }
