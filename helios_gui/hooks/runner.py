"""Tells the hooks what happens to jobs: one try after the other, logged, and never in the way of a render."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from helios_gui.hooks.hook import Hook, HookEvent
from helios_gui.hooks.message import body, job_data, job_variables
from helios_gui.jobfile.command_line import parse_command
from helios_gui.net.secret_reference import SecretReference
from helios_gui.process.child_process import child_environment
from helios_gui.translation import tr
from helios_gui.types import Event, HeliosError, JobAdded, JobChanged, JobRemoved, JobState, JobSummary
from helios_gui.utils.programs import NO_WINDOW

if TYPE_CHECKING:
    import httpx

TRIES = 4
"""Of a web address that does not answer or has trouble; a command is run once, as it may have done its work."""

_FIRST_PAUSE = 1.0  # seconds; each further one is four times as long
_ANSWER_SECONDS = 30.0
_COMMAND_SECONDS = 300.0
_LAST_SECONDS = 20.0
"""Seconds that are left to hooks when the program ends: a render in a terminal ends with its job."""

_MOST_LOG = 1_000_000  # bytes; a longer log begins anew
_MOST_ANSWER = 100_000  # bytes of an answer, which nobody reads
_MOST_OUTPUT = 2_000  # characters of what a command printed, in the log


class HookFailedError(HeliosError):
    """A hook could not be told."""


class _TemporaryError(HookFailedError):
    """It may work a little later."""


class HookRunner:
    """Watches the jobs of this process, and tells the hooks. Other processes tell of theirs.

    Args:
        hooks: Reads the hooks as they are now, off the event loop; they may be changed while the program runs.
        log: The file in which each try is noted.
        pause: Waits some seconds between two tries.
    """

    def __init__(
        self, hooks: Callable[[], Sequence[Hook]], log: Path, pause: Callable[[float], Any] = asyncio.sleep
    ) -> None:
        self._hooks = hooks
        self._log = log
        self._pause = pause
        self._known: dict[str, JobSummary] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = asyncio.Lock()
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        """By job and hook: what happened first is told first."""

    def know(self, jobs: Sequence[JobSummary]) -> None:
        """Take the jobs that are there already, of which nobody is told."""
        self._known.update({job.id: job for job in jobs})

    def take(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's events."""
        for event in events:
            if isinstance(event, JobAdded | JobChanged):
                self._take(event.summary)
            elif isinstance(event, JobRemoved):
                self._known.pop(event.job_id, None)

    async def tell(self, hook: Hook, event: HookEvent, job: JobSummary) -> None:
        """Tell one hook now, with every try it has.

        Raises:
            HeliosError: It could not be told; the reason is in the log, too.
        """
        for number in range(1, TRIES + 1):
            try:
                await (self._run(hook, event, job) if hook.command else self._post(hook, event, job))
            except HeliosError as error:
                await self._note(hook, event, job, str(error))
                if not isinstance(error, _TemporaryError) or number == TRIES:
                    raise
                await self._pause(_FIRST_PAUSE * 4 ** (number - 1))
            else:
                await self._note(hook, event, job, "ok")
                return

    async def close(self) -> None:
        """Give hooks that are being told some seconds, then give up."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, job: JobSummary) -> None:
        before = self._known.get(job.id)
        self._known[job.id] = job
        event = _event_between(before, job)
        if event is not None:
            task = asyncio.get_running_loop().create_task(self._tell_all(event, job), name="hooks")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell_all(self, event: HookEvent, job: JobSummary) -> None:
        async with self._reading:
            hooks = await asyncio.to_thread(self._hooks)
            told = [hook for hook in hooks if hook.enabled and event in hook.events]
            telling = asyncio.gather(*(self._tell_in_turn(hook, event, job) for hook in told))
        await telling

    async def _tell_in_turn(self, hook: Hook, event: HookEvent, job: JobSummary) -> None:
        turn = self._turns.setdefault((job.id, hook.name), asyncio.Lock())
        async with turn:
            with suppress(HeliosError):  # it is in the log
                await self.tell(hook, event, job)

    async def _run(self, hook: Hook, event: HookEvent, job: JobSummary) -> None:
        data = job_data(event, job)
        folder = job.job_dir if await asyncio.to_thread(job.job_dir.is_dir) else Path.home()
        try:
            process = await asyncio.create_subprocess_exec(
                *parse_command(hook.command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=folder,
                env=child_environment(os.environ, job_variables(data)),
                creationflags=NO_WINDOW,
            )
        except OSError as error:
            raise HookFailedError(tr("The command does not start: {reason}", reason=error.strerror or error)) from error
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                output, _ = await process.communicate(json.dumps(data).encode())
        except TimeoutError as error:
            raise HookFailedError(
                tr("The command has not ended after {seconds:.0f} seconds.", seconds=_COMMAND_SECONDS)
            ) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            text = output.decode(errors="replace").strip()[-_MOST_OUTPUT:]
            raise HookFailedError(
                tr("The command ended with exit code {code}: {output}", code=process.returncode, output=text)
            )

    async def _post(self, hook: Hook, event: HookEvent, job: JobSummary) -> None:
        import httpx

        from helios_gui.net.http_client import describe_transport_error, make_client

        url = await _resolve(hook.url)
        headers = {"Authorization": f"Bearer {await _resolve(hook.token)}"} if hook.token else {}
        async with make_client(url) as client:
            try:
                answer = await client.post(
                    url,
                    json=body(hook.format, event, job),
                    headers=headers,
                    timeout=_ANSWER_SECONDS,
                    extensions={"limit": _MOST_ANSWER},
                )
            except httpx.TransportError as error:
                raise _TemporaryError(describe_transport_error(error)) from error
        _check_answer(answer)

    async def _note(self, hook: Hook, event: HookEvent, job: JobSummary, outcome: str) -> None:
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {hook.name}  {event}  {job.name} ({job.id})  {outcome}\n"
        await asyncio.to_thread(partial(_append, self._log, line))


def _event_between(before: JobSummary | None, now: JobSummary) -> HookEvent | None:
    """Return what to tell of a change; nothing of one that this process only reads of in the journal."""
    if before is None or (before.state, before.blocked) == (now.state, now.blocked):
        return None
    if now.state is JobState.RUNNING:
        return None if before.state.is_active else HookEvent.STARTED
    if not (before.state.is_active or before.in_line):
        return None
    if now.blocked:
        return HookEvent.WAITS
    return {JobState.COMPLETED: HookEvent.DONE, JobState.FAILED: HookEvent.FAILED}.get(now.state)


async def _resolve(text: str) -> str:
    """Return a text, or the secret that it names."""
    reference = SecretReference.parse(text)
    return text if reference is None else await asyncio.to_thread(reference.read)


def _check_answer(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    words = tr("The service answered {code} {reason}.", code=answer.status_code, reason=answer.reason_phrase)
    if answer.status_code in (408, 425, 429) or answer.is_server_error:
        raise _TemporaryError(words)
    raise HookFailedError(words)


def _append(log: Path, line: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    mode = "w" if log.exists() and log.stat().st_size > _MOST_LOG else "a"
    with log.open(mode, encoding="utf-8") as file:
        file.write(line.replace("\n", " ").rstrip() + "\n")
