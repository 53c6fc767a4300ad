"""What Cloud Run's answers mean: those of a worker, and those of Google's front before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx

from helios_gui.adapters.remote.invocation_timeouts import retry_after
from helios_gui.adapters.remote.invoker import Answered, EndedUnanswered, Outcome, Refused, Unanswered
from helios_gui.adapters.remote.messages import explain_another_worker
from helios_gui.adapters.remote.worker_responses import read_answer, read_refusal
from helios_gui.net.scrub import scrub
from helios_gui.translation import tr
from helios_gui.types import FailureKind
from helios_gui.utils.json_text import read_json, read_json_object

_LOOKED_AT = 64 * 1024
_TAGS = re.compile(r"<[^<>]*>")  # without "<" inside: else each of a million is looked for to the end
_CRASHED = ("connection to the instance", "response was malformed")
_NOT_STARTED = ("failed to start",)
_FULL = ("no available instance",)
_LAST_MOMENTS = 15.0
"""Seconds in which an instance whose connection broke would still leave its result, if it lives."""


@dataclass(frozen=True, slots=True)
class CloudRunResponses:
    """Reads the answers of one service, called with ID tokens for that audience, or with a token from elsewhere.

    ``token`` is the reference to the latter, where it is used. ``wait_after_cut`` is how many seconds a result may
    still come after the service closed a request at a time limit of its own; ``None`` where that limit is known.
    ``service`` is what people call what stands before the worker.
    """

    url: str
    audience: str
    token: str = ""
    wait_after_cut: float | None = None
    service: str = "Google Cloud Run"

    def read(self, answer: httpx.Response) -> Outcome:
        """Return the meaning of an answer to a request to render."""
        result = read_answer(answer.content)
        if result is not None:
            return Answered(result)
        said = _error_text(answer.content) or answer.reason_phrase
        if 200 <= answer.status_code < 300:
            return EndedUnanswered(
                FailureKind.FATAL,
                tr("The service at {url} is no Helios worker; it answered: {said}", url=self.url, said=said),
            )
        return self._refusal(answer, said) or self._server_error(answer, said)

    def _refusal(self, answer: httpx.Response, said: str) -> Refused | None:
        """Read an answer that says that nothing was executed."""
        status = answer.status_code
        if status in (401, 403) and self.token:
            return self.refusal_by_worker()
        if status in (401, 403, 404):
            return Refused(FailureKind.BLOCKED, self._what_to_change(status))
        full = status in (500, 503) and any(words in said for words in _FULL)
        if status == 429 or full:
            return Refused(
                FailureKind.THROTTLED,
                tr("{service} has no free instance.", service=self.service),
                retry_after(answer.headers),
            )
        if answer.has_redirect_location:
            return Refused(
                FailureKind.BLOCKED,
                tr(
                    "{url} leads elsewhere, to {place}. Write the address of the worker itself into the profile.",
                    url=self.url,
                    place=scrub(answer.headers["Location"]),
                ),
            )
        if status < 500:
            return Refused(
                FailureKind.FATAL,
                tr("{url} refused the request ({status}): {said}", url=self.url, status=status, said=said),
            )
        return None

    def _what_to_change(self, status: int) -> str:
        """Say what a person has to change after a 401 or 403 of Google's or a 404."""
        if status == 401:
            return tr(
                "{url} does not accept the ID token, which is made for the audience {audience}. "
                "Set the profile's audience to the service's own URL or one of its custom audiences.",
                url=self.url,
                audience=self.audience,
            )
        if status == 403:
            return tr(
                "The account may not call {url}. Give it the role roles/run.invoker on the service, or choose "
                "another account in the profile.",
                url=self.url,
            )
        return tr(
            "There is no worker at {url}. Correct the service's URL in the profile, or deploy the worker.", url=self.url
        )

    def not_reached(self, outcome: Unanswered) -> Unanswered:
        """Return what an answer means that came at once, and says that the worker was not reached, or has gone."""
        return Unanswered(outcome.message, within=_LAST_MOMENTS)

    def too_long(self) -> EndedUnanswered:
        """Say that the body was longer than what a worker answers, and was not read."""
        return EndedUnanswered(
            FailureKind.FATAL, tr("The answer of {url} was larger than any answer of a worker.", url=self.url)
        )

    def refusal_by_worker(self) -> Refused:
        """Say that the worker itself does not let us in."""
        if self.token:
            message = tr(
                "{url} does not accept the token in {token}. Make it the same as HELIOS_WORKER_TOKEN of the worker.",
                url=self.url,
                token=self.token,
            )
        else:
            message = tr(
                "{url} does not let this account in. Name it in HELIOS_WORKER_CALLERS of the worker.", url=self.url
            )
        return Refused(FailureKind.BLOCKED, message)

    def _server_error(self, answer: httpx.Response, said: str) -> Outcome:
        """Read a server error: some come before anything was executed, some after."""
        status = answer.status_code
        if status in (500, 503) and any(words in said for words in _CRASHED):
            message = tr("The container at {url} crashed, or the connection to it broke.", url=self.url)
            return Unanswered(tr("{message} It may have run out of memory.", message=message), within=_LAST_MOMENTS)
        if status in (500, 501):  # the worker's own: what stands before it answers 502 to 504
            refusal = read_refusal(answer.content)
            if refusal is not None:
                return EndedUnanswered(
                    FailureKind.TRANSIENT, explain_another_worker(tr("the service at {url}", url=self.url), said)
                )
            return EndedUnanswered(
                FailureKind.TRANSIENT, tr("{url} answered {status}: {said}", url=self.url, status=status, said=said)
            )
        if status == 503:
            if any(words in said for words in _NOT_STARTED):
                return Refused(
                    FailureKind.TRANSIENT,
                    tr("The container of {url} cannot be started: {said}", url=self.url, said=said),
                )
            return Refused(
                FailureKind.THROTTLED, tr("{url} is not available now.", url=self.url), retry_after(answer.headers)
            )
        if status == 504:
            message = tr(
                "{service} closed the request at the service's time limit; the container may work on.",
                service=self.service,
            )
            return Unanswered(message, within=self.wait_after_cut)
        return Unanswered(tr("{url} answered {status}: {said}", url=self.url, status=status, said=said))


def read_health(body: bytes) -> dict[str, Any]:
    """Return what a worker says of itself; empty if it is none of ours."""
    return read_json_object(body)


def _error_text(body: bytes) -> str:
    """Return the words of an error answer, be it JSON, a page or plain text."""
    text = body[:_LOOKED_AT].decode("utf-8", "replace")
    try:
        document = read_json(text)
    except ValueError:
        return scrub(_TAGS.sub(" ", text))
    if isinstance(document, dict) and isinstance(document.get("message"), str):
        return scrub(document["message"])
    return scrub(text)
