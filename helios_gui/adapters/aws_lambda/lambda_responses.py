"""What AWS Lambda's answers to an invocation mean."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from helios_gui.adapters.aws_lambda.aws_credentials import AwsIdentity, refusal
from helios_gui.adapters.remote.invocation_timeouts import retry_after
from helios_gui.adapters.remote.invoker import Accepted, Answered, EndedUnanswered, Outcome, Refused, Unanswered
from helios_gui.adapters.remote.messages import explain_another_worker
from helios_gui.adapters.remote.worker_responses import read_answer, read_refusal
from helios_gui.net.scrub import scrub
from helios_gui.translation import tr
from helios_gui.types import FailureKind
from helios_gui.types.errors import error_in_words
from helios_gui.utils.json_text import read_json_object

_LOG_TAIL = 4096
"""Bytes of its log that Lambda passes on with an answer, at most."""
_TIMED_OUT = re.compile(r"Task timed out after (\d+(?:\.\d+)?) seconds")
_PROGRAM_ERRORS = ("Runtime.ImportModuleError", "Runtime.HandlerNotFound", "Runtime.UserCodeSyntaxError")
_MALFORMED = ("Runtime.MalformedHandlerName", "Runtime.InvalidEntrypoint", "Runtime.InvalidWorkingDir")
_NOT_STARTED = (
    "EC2",
    "ENI",
    "EFS",
    "KMS",
    "SubnetIPAddressLimitReached",
    "InvalidRuntime",
    "InvalidZipFile",
    "InvalidSecurityGroupID",
    "InvalidSubnetID",
    "SnapStart",
    "ResourceNotReady",
)
"""Beginnings of the codes of 5xx answers that say that the function could not even be started."""


@dataclass(frozen=True, slots=True)
class LambdaResponses:
    """Reads the answers of one function. ``where`` names it and its region for people."""

    function: str
    region: str
    identity: AwsIdentity

    @property
    def where(self) -> str:
        """What people know it by."""
        return tr('the Lambda function "{function}"', function=self.function)

    def read(self, answer: httpx.Response, timeout: float) -> Outcome:
        """Return the meaning of an answer to an invocation of a function that may run ``timeout`` seconds."""
        status = answer.status_code
        if status == HTTPStatus.ACCEPTED:
            return Accepted()
        if answer.is_success:
            log = _decode_log(answer.headers.get("X-Amz-Log-Result", ""))
            if "X-Amz-Function-Error" in answer.headers:
                return self._function_error(answer.content, log, timeout)
            result = read_answer(answer.content)
            if result is None:
                return self._no_result(answer.content, log)
            return Answered(result)
        return self._service_error(answer)

    def _function_error(self, payload: bytes, log: str, timeout: float) -> EndedUnanswered:
        """Read an answer with HTTP 200 that says that the function failed."""
        kind, words = _error_of(payload)
        timed_out = _TIMED_OUT.search(words)
        if kind == "Sandbox.Timedout" or timed_out:
            seconds = float(timed_out[1]) if timed_out else timeout
            return EndedUnanswered(
                FailureKind.TRANSIENT, tr("{capital} hit its time limit.", capital=self._capital), seconds, log
            )
        if kind == "Function.ResponseSizeTooLarge":
            message = tr(
                "The answer of {where} was over the 6 MB that Lambda passes on, and it left no result in "
                "storage. Deploy the worker that comes with this app.",
                where=self.where,
            )
            return EndedUnanswered(FailureKind.FATAL, message, log=log)
        if kind.startswith((*_PROGRAM_ERRORS, *_MALFORMED)):
            message = tr(
                "{capital} cannot be started ({kind}): {answer} Deploy the worker anew.",
                capital=self._capital,
                kind=kind,
                answer=scrub(words),
            )
            return EndedUnanswered(FailureKind.FATAL, message, log=log)
        if kind == "Runtime.OutOfMemory" or "signal: killed" in words or "signal: 9" in words:
            message = tr(
                "{capital} was killed; it may have run out of memory. Give it more, or use smaller chunks.",
                capital=self._capital,
            )
            return EndedUnanswered(FailureKind.TRANSIENT, message, log=log)
        return EndedUnanswered(
            FailureKind.TRANSIENT,
            tr("{capital} failed ({kind}): {answer}", capital=self._capital, kind=kind, answer=scrub(words)),
            log=log,
        )

    def _service_error(self, answer: httpx.Response) -> Outcome:
        status = answer.status_code
        code = scrub(answer.headers.get("x-amzn-ErrorType", "").partition(":")[0])
        document = read_json_object(answer.content)
        words = str(document.get("Message") or document.get("message") or "")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return Refused(
                FailureKind.THROTTLED, self._throttled(str(document.get("Reason", ""))), retry_after(answer.headers)
            )
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            error = refusal(
                status, code, words, tr("lambda:InvokeFunction on {where}", where=self.where), self.identity
            )
            return Refused(error.kind, error_in_words(error))
        if status == HTTPStatus.NOT_FOUND:
            return Refused(FailureKind.BLOCKED, self.not_found())
        if status == HTTPStatus.CONFLICT or (status >= 500 and code.startswith(_NOT_STARTED)):
            return Refused(
                FailureKind.TRANSIENT,
                tr("{capital} is not ready ({code}): {answer}", capital=self._capital, code=code, answer=scrub(words)),
            )
        if status >= 500:
            return Unanswered(tr("AWS Lambda answered {status} {code}.", status=status, code=code).replace(" .", "."))
        return Refused(
            FailureKind.FATAL,
            tr(
                "AWS Lambda refused to call {where} ({status} {code}): {answer}",
                where=self.where,
                status=status,
                code=code,
                answer=scrub(words),
            ),
        )

    def too_long(self) -> EndedUnanswered:
        """Say that the body was longer than what Lambda passes on, and was not read."""
        return EndedUnanswered(
            FailureKind.FATAL, tr("The answer of {url} was larger than any answer of a worker.", url=self.where)
        )

    def not_found(self) -> str:
        """Return what to do where there is no such function."""
        return tr(
            'There is no Lambda function "{function}" in the region {region} for these credentials. '
            "Correct the function's name or the region in the profile, or deploy the worker.",
            function=self.function,
            region=self.region,
        )

    def _throttled(self, reason: str) -> str:
        if reason.startswith("ReservedFunctionConcurrent"):
            return tr("{capital} already runs as many executions as are reserved for it.", capital=self._capital)
        if "ConcurrentInvocation" in reason:
            return tr("AWS Lambda already runs as many executions as this account may have.")
        return tr("AWS Lambda has enough calls for now.")

    def _no_result(self, payload: bytes, log: str) -> EndedUnanswered:
        refusal = read_refusal(payload)
        if refusal is not None and refusal[0] >= 500:
            return EndedUnanswered(
                FailureKind.TRANSIENT, explain_another_worker(self.where, scrub(refusal[1])), log=log
            )
        if refusal is not None and refusal[0] >= 400:
            message = tr(
                "{capital} refused the request ({refusal}): {answer}",
                capital=self._capital,
                refusal=refusal[0],
                answer=scrub(refusal[1]),
            )
            return EndedUnanswered(FailureKind.FATAL, message, log=log)
        said = scrub(payload.decode("utf-8", "replace")) or tr("nothing")
        return EndedUnanswered(
            FailureKind.FATAL,
            tr("{capital} is no Helios worker; it answered: {said}", capital=self._capital, said=said),
            log=log,
        )

    @property
    def _capital(self) -> str:
        return f"T{self.where[1:]}"


def _error_of(payload: bytes) -> tuple[str, str]:
    """Return the type and the message of a function error."""
    document = read_json_object(payload)
    return scrub(str(document.get("errorType", ""))), str(document.get("errorMessage", ""))


def _decode_log(text: str) -> str:
    """Return the last of what the function printed.

    Unlike a renderer's log it may hold what the function itself knows.
    """
    try:
        data = base64.b64decode(text)
    except ValueError:
        return ""
    lines = data.decode("utf-8", "replace").splitlines()
    if len(data) >= _LOG_TAIL:
        del lines[:1]  # half of one, in which half a token would not be seen to be one
    return "\n".join(scrub(line) for line in lines)
