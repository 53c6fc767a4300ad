"""One call of a hook: its command is run, its address posted to, or its message sent."""

from __future__ import annotations

import asyncio
import json
import os
from functools import partial
from typing import TYPE_CHECKING

from helios_gui.hooks.failures import HookFailedError, TemporaryHookError
from helios_gui.hooks.hook import Hook, HookEvent
from helios_gui.hooks.mail_server import MailServer
from helios_gui.hooks.message import job_data, job_variables, message_body
from helios_gui.jobfile.command_line import parse_command, resolve_program
from helios_gui.net.scrub import scrub
from helios_gui.net.secret_reference import SecretReference
from helios_gui.process.child_process import child_environment
from helios_gui.process.helper_programs import end_helper
from helios_gui.translation import tr
from helios_gui.types import JobSummary, UserInputError
from helios_gui.utils.folders import home_folder
from helios_gui.utils.programs import NO_WINDOW

if TYPE_CHECKING:
    import httpx

_ANSWER_SECONDS = 30.0
_COMMAND_SECONDS = 300.0

_MOST_ANSWER = 100_000  # bytes of an answer
_MOST_SHOWN = 200  # characters of it that are shown
_MOST_OUTPUT = 2_000  # characters of what a command printed, in the log


async def call_hook(hook: Hook, event: HookEvent, job: JobSummary, mail: MailServer | None) -> str:
    """Tell a hook now.

    Returns:
        What came back, for people; empty where nothing did.

    Raises:
        TemporaryHookError: It may work a little later.
        HeliosError: It could not be told.
    """
    if hook.command:
        return await _run(hook, event, job)
    if hook.email:
        if mail is None:
            raise HookFailedError(
                tr("There is no mail server."), tr("Set it up in the settings, or with “helios-gui hooks mail”.")
            )
        from helios_gui.hooks.mail import send_mail

        return await asyncio.to_thread(partial(send_mail, mail, hook.email, event, job))
    return await _post(hook, event, job)


async def _run(hook: Hook, event: HookEvent, job: JobSummary) -> str:
    data = job_data(event, job)
    folder = job.job_dir if await asyncio.to_thread(job.job_dir.is_dir) else home_folder()
    try:
        argv = await asyncio.to_thread(partial(resolve_program, parse_command(hook.command), job_dir=folder))
    except UserInputError as error:
        raise HookFailedError(tr("The command does not start: {reason}", reason=error), error.hint) from error
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
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
        await end_helper(process)
    text = output.decode(errors="replace").strip()[-_MOST_OUTPUT:]
    if process.returncode:
        raise HookFailedError(
            tr("The command ended with exit code {code}: {output}", code=process.returncode, output=text)
        )
    return text


async def _post(hook: Hook, event: HookEvent, job: JobSummary) -> str:
    import httpx

    from helios_gui.net.http_client import describe_transport_error, make_client

    url = await _resolve(hook.url)
    headers = {"Authorization": f"Bearer {await _resolve(hook.token)}"} if hook.token else {}
    content = json.dumps(message_body(hook.format, event, job)).encode("ascii")  # file names may hold what UTF-8 cannot
    async with make_client(url) as client:
        try:
            answer = await client.post(
                url,
                content=content,
                headers={"Content-Type": "application/json", **headers},
                timeout=_ANSWER_SECONDS,
                extensions={"limit": _MOST_ANSWER},
            )
        except httpx.TransportError as error:
            raise TemporaryHookError(describe_transport_error(error)) from error
        except httpx.InvalidURL:  # what a secret holds is not looked at before; it is not quoted
            raise HookFailedError(tr("What is kept in {value} is no web address.", value=hook.url)) from None
    return _check_answer(answer)


async def _resolve(text: str) -> str:
    """Return a text, or the secret that it names."""
    reference = SecretReference.parse(text)
    return text if reference is None else await asyncio.to_thread(reference.read)


def _check_answer(answer: httpx.Response) -> str:
    text = scrub(" ".join(answer.text.split()))[:_MOST_SHOWN]
    status = f"{answer.status_code} {answer.reason_phrase}" + (f": {text}" if text else "")
    words = tr("The service answered {status}.", status=status)
    if answer.is_success:
        return words
    if answer.status_code in (408, 425, 429) or answer.is_server_error:
        raise TemporaryHookError(words)
    raise HookFailedError(words)
