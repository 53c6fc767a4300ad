"""AWS Lambda's front door: Invoke and the configuration calls, with signatures checked; and who STS says one is."""

from __future__ import annotations

import base64
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from tests.cloud.servers.aws_signature import AwsAuthError, KeyRing
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.lambda_host import Execution, FunctionHost
from tests.cloud.servers.s3 import AwsKey
from tests.cloud.servers.serving import BODY_LIMIT, serve

Handler = Callable[[web.Request], Awaitable[web.Response]]

REQUEST_LIMIT = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}
"""Bytes a request's payload may have."""

CALLER = AwsKey("AKIALAMBDACALLEREXAM", "lambda-caller-secret")
"""The key the front knows from the start."""

_IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>{arn}</Arn><UserId>{key}</UserId><Account>000000000000</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""

_STS_ERROR = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>"""

_STS_CODES = {"ExpiredTokenException": "ExpiredToken", "UnrecognizedClientException": "InvalidClientTokenId"}


class LambdaError(Exception):
    """An answer of the service itself that is not a success."""

    def __init__(self, status: int, code: str, message: str, **fields: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.document = {"Type": "User", "Message": message, "message": message, **fields}


class LambdaFront:
    """A running front with one function.

    ``counts`` counts answered calls: ``invocations`` (those let in, dry runs not among them), ``dry runs``,
    ``events``, ``throttled``, ``forbidden``, ``configuration``. What was executed, ``host`` knows. ``keys`` are the
    access keys it takes; ``denied`` holds actions (``lambda:InvokeFunction``) that none of them may do.
    """

    def __init__(self, function: LambdaFunction) -> None:
        self.function = function
        self.host = FunctionHost(function)
        self.key = CALLER
        self.keys = KeyRing(CALLER)
        self.denied: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.url = ""

    @property
    def executions(self) -> list[Execution]:
        """Every run of the function so far."""
        return self.host.executions

    def application(self) -> web.Application:
        """The routes of the service."""
        application = web.Application(client_max_size=BODY_LIMIT)
        application.cleanup_ctx.append(self._hosting)
        function = "/2015-03-31/functions/{name}"
        route = application.router.add_route
        route("POST", f"{function}/invocations", self._guarded("lambda:InvokeFunction", self._invoke))
        get = self._guarded("lambda:GetFunctionConfiguration", self._configuration)
        route("GET", f"{function}/configuration", get)
        get = self._guarded("lambda:GetFunctionConcurrency", self._concurrency)
        route("GET", "/2019-09-30/functions/{name}/concurrency", get)
        get = self._guarded("lambda:GetFunctionEventInvokeConfig", self._event_settings)
        route("GET", "/2019-09-25/functions/{name}/event-invoke-config", get)
        route("POST", "/", self._identity)
        return application

    async def _hosting(self, _: web.Application) -> AsyncIterator[None]:
        await self.host.start()
        yield
        await self.host.stop()

    def _guarded(self, action: str, handler: Handler) -> Handler:
        """The handler behind the checks of signature, permission and name, with errors as the service writes them."""

        async def handle(request: web.Request) -> web.Response:
            try:
                await self._authorize(request, action)
                return await handler(request)
            except LambdaError as error:
                headers = {"x-amzn-ErrorType": error.code, "x-amzn-RequestId": str(uuid.uuid4())}
                return web.json_response(error.document, status=error.status, headers=headers)

        return handle

    async def _authorize(self, request: web.Request, action: str) -> None:
        try:
            key = await self._verify(request, "lambda")
        except AwsAuthError as error:
            self.counts["forbidden"] += 1
            raise LambdaError(403, error.code, error.message) from error
        if action in self.denied:
            self.counts["forbidden"] += 1
            who, what = f"arn:aws:iam::000000000000:user/{key.user or key.access_key}", self.function.arn
            message = f"User: {who} is not authorized to perform: {action} on resource: {what}"
            raise LambdaError(403, "AccessDeniedException", f"{message} because no identity-based policy allows it")
        if request.match_info["name"] not in (self.function.name, self.function.arn):
            arn = self.function.arn.rpartition(":")[0]
            message = f"Function not found: {arn}:{request.match_info['name']}"
            raise LambdaError(404, "ResourceNotFoundException", message)

    async def _verify(self, request: web.Request, service: str) -> AwsKey:
        url = f"http://{request.host}{request.raw_path}"
        return self.keys.verify(request.method, url, request.headers, await request.read(), service)

    async def _invoke(self, request: web.Request) -> web.Response:
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        payload = await request.read()
        if kind == "DryRun":
            self.counts["dry runs"] += 1
            return web.Response(status=204)
        self._check_payload(payload, kind)
        request_id = str(uuid.uuid4())
        headers = {"x-amzn-RequestId": request_id, "X-Amz-Executed-Version": "$LATEST"}
        if kind == "Event":
            self.counts["invocations"] += 1
            self.counts["events"] += 1
            self.host.queue_event(payload)
            return web.Response(status=202, headers=headers)
        if not self.host.take_slot():
            self.counts["throttled"] += 1
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            raise LambdaError(429, "TooManyRequestsException", "Rate Exceeded.", Reason=reason)
        self.counts["invocations"] += 1
        answer = await self.host.execute(payload, request_id)
        if answer.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if request.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(answer.log).decode()
        return web.Response(body=answer.payload, content_type="application/json", headers=headers)

    @staticmethod
    def _check_payload(payload: bytes, kind: str) -> None:
        if kind not in REQUEST_LIMIT:
            raise LambdaError(400, "InvalidParameterValueException", f"Unknown invocation type: {kind}")
        if len(payload) > REQUEST_LIMIT[kind]:
            message = f"Request must be smaller than {REQUEST_LIMIT[kind]} bytes for the InvokeFunction operation"
            raise LambdaError(413, "RequestTooLargeException", message)
        try:
            json.loads(payload or b"null")
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            raise LambdaError(400, "InvalidRequestContentException", message) from error

    async def _configuration(self, _: web.Request) -> web.Response:
        self.counts["configuration"] += 1
        return web.json_response(self.function.configuration())

    async def _concurrency(self, _: web.Request) -> web.Response:
        return web.json_response({"ReservedConcurrentExecutions": self.function.concurrency})

    async def _event_settings(self, _: web.Request) -> web.Response:
        settings: dict[str, Any] = {"FunctionArn": f"{self.function.arn}:$LATEST"}
        return web.json_response(settings | {"MaximumRetryAttempts": self.function.event_retries})

    async def _identity(self, request: web.Request) -> web.Response:
        """STS ``GetCallerIdentity``."""
        request_id = str(uuid.uuid4())
        try:
            key = await self._verify(request, "sts")
        except AwsAuthError as error:
            self.counts["forbidden"] += 1
            code = _STS_CODES.get(error.code, error.code)
            text = _STS_ERROR.format(code=code, message=error.message, request=request_id)
            return web.Response(status=403, text=text, content_type="text/xml")
        if (await request.post()).get("Action") != "GetCallerIdentity":
            text = _STS_ERROR.format(code="InvalidAction", message="Could not find operation", request=request_id)
            return web.Response(status=400, text=text, content_type="text/xml")
        arn = f"arn:aws:iam::000000000000:user/{key.user or 'caller'}"
        text = _IDENTITY.format(arn=arn, key=key.access_key, request=request_id)
        return web.Response(text=text, content_type="text/xml")


@contextmanager
def lambda_front(function: LambdaFunction) -> Iterator[LambdaFront]:
    """Serve Lambda with that one function."""
    front = LambdaFront(function)
    with serve(front.application()) as served:
        front.url = served.url
        yield front
