"""**Test connection** for profiles of AWS Lambda."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import closing
from typing import Any, TypeVar

from helios_gui.adapters.aws_lambda.adapter import (
    LONGEST_WAIT,
    LambdaInvoker,
    control_client,
    function_parameters,
    identity_of,
    try_out,
)
from helios_gui.adapters.aws_lambda.aws_credentials import AwsCredentials, NotAllowedError
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.remote.profile_checks import capabilities_line, check_storage
from helios_gui.translation import tr
from helios_gui.types import CheckLine, StorageError

ResultT = TypeVar("ResultT")


async def check_aws(profile: AwsLambdaProfile) -> AsyncGenerator[CheckLine, None]:
    """Yield a line for each thing that was looked at; without a sign-in there is only that one."""
    check = _AwsCheck(profile)
    line = await check.identity()
    yield line
    if not line.ok:
        return
    async for line in check.function():
        yield line
    async for line in check_storage(profile.storage_url, profile.storage_settings()):
        yield line


class _AwsCheck:
    def __init__(self, profile: AwsLambdaProfile) -> None:
        self._profile = profile
        self._credentials = AwsCredentials(identity_of(profile))

    async def identity(self) -> CheckLine:
        """Check who we are to AWS."""
        try:
            session = await self._credentials.session()

            def ask() -> str:
                endpoint = self._profile.sts_endpoint or None
                with closing(session.client("sts", endpoint_url=endpoint)) as sts:
                    return str(sts.get_caller_identity()["Arn"])

            return CheckLine(tr("Sign-in"), True, tr("Signed in as {run}.", run=await self._credentials.run(ask)))
        except StorageError as error:
            return CheckLine.of_error(tr("Sign-in"), error)

    async def function(self) -> AsyncIterator[CheckLine]:
        """Check the function: there, allowed, and fit for the job."""
        timeout: float | None = None
        try:
            found = await self._call_lambda(
                lambda client: client.get_function_configuration(**function_parameters(self._profile))
            )
        except NotAllowedError as error:
            yield CheckLine(
                tr("Function"), None, str(error), tr("Allow lambda:GetFunctionConfiguration to have it checked.")
            )
        except StorageError as error:
            yield CheckLine.of_error(tr("Function"), error)
            return
        else:
            if found is None:
                yield self._not_found_line()
                return
            timeout = float(found["Timeout"])
            yield self._function_line(found)
        permission = await self._invocation()
        yield permission
        if permission.ok:
            yield await self._renderers()
        yield await self._concurrency()
        if timeout is None or timeout > LONGEST_WAIT or self._profile.invocation == "event":
            yield await self._event_retries()

    def _not_found_line(self) -> CheckLine:
        function, region = self._profile.function, self._profile.region
        where = tr(" in the region {region}", region=region) if region else ""
        advice = tr("Correct its name or the region, or deploy the worker.")
        return CheckLine(
            tr("Function"),
            False,
            tr('There is no Lambda function "{function}"{where}.', function=function, where=where),
            advice,
        )

    def _function_line(self, found: dict[str, Any]) -> CheckLine:
        """Describe the function, and whether it is ready."""
        timeout, memory = int(found["Timeout"]), int(found["MemorySize"])
        storage = int(found.get("EphemeralStorage", {}).get("Size", 512))
        kind = tr("container image") if found.get("PackageType") == "Image" else tr("zip package")
        detail = tr(
            "{timeout} s time limit, {memory} MB memory, {storage} MB storage, {kind}.",
            timeout=timeout,
            memory=memory,
            storage=storage,
            kind=kind,
        )
        state = found.get("State", "Active")
        if state not in ("Active", "Inactive"):
            return CheckLine(
                tr("Function"),
                False,
                tr("{detail} It is {state}.", detail=detail, state=state.lower()),
                tr("Wait a moment, or deploy it anew."),
            )
        return CheckLine(tr("Function"), True, detail)

    async def _invocation(self) -> CheckLine:
        """Check whether we may call it, without calling it."""

        def call(client: Any) -> bool:
            try_out(client, self._profile)
            return True

        try:
            if await self._call_lambda(call) is None:
                return self._not_found_line()
        except StorageError as error:
            return CheckLine.of_error(tr("Permission to call it"), error)
        return CheckLine(tr("Permission to call it"), True, tr("A dry run was accepted."))

    async def _renderers(self) -> CheckLine:
        """Ask what it can render with, for which it is called: nothing is rendered, a second or two is billed."""
        invoker = LambdaInvoker(self._profile)
        try:
            return capabilities_line(await invoker.capabilities())
        except StorageError as error:
            return CheckLine.of_error(tr("Renderers"), error)
        finally:
            await invoker.close()

    async def _concurrency(self) -> CheckLine:
        """Check how many executions are reserved for it."""
        name = tr("Concurrency")
        wanted = self._profile.concurrency
        try:
            which = {"FunctionName": self._profile.function}
            found = await self._call_lambda(lambda client: client.get_function_concurrency(**which)) or {}
        except StorageError as error:
            return CheckLine(name, None, str(error), tr("Allow lambda:GetFunctionConcurrency to have it checked."))
        reserved = found.get("ReservedConcurrentExecutions")
        if reserved is None:
            return CheckLine(name, True, tr("Up to {wanted}, as far as the account's own limit goes.", wanted=wanted))
        if reserved == 0:
            return CheckLine(
                name, False, tr("The function is switched off."), tr("Raise its reserved concurrency above 0.")
            )
        advice = "" if reserved >= wanted else tr("Reserve more for the function to have more at a time.")
        return CheckLine(
            name,
            True,
            tr("{reserved} are reserved for the function, {wanted} are asked for.", reserved=reserved, wanted=wanted),
            advice,
        )

    async def _event_retries(self) -> CheckLine:
        """Check whether Lambda would run a failed attempt again by itself."""
        name = tr("Retries by Lambda")
        try:
            which = function_parameters(self._profile)
            found = await self._call_lambda(lambda client: client.get_function_event_invoke_config(**which)) or {}
        except StorageError as error:
            return CheckLine(
                name, None, str(error), tr("Allow lambda:GetFunctionEventInvokeConfig to have it checked.")
            )
        retries = found.get("MaximumRetryAttempts", 2)
        if retries == 0:
            return CheckLine(name, True, tr("None: this app decides what is tried again."))
        detail = tr("A function that is killed is run {retries} times more, and billed.", retries=retries)
        return CheckLine(name, None, detail, tr("Set the function's maximum retry attempts to 0."))

    async def _call_lambda(self, work: Callable[[Any], ResultT]) -> ResultT | None:
        """Return what ``work`` returns for boto3's Lambda client, on a thread; ``None`` for what is not there."""
        session = await self._credentials.session()

        def run() -> ResultT | None:
            with closing(control_client(session, self._profile.lambda_endpoint)) as client:
                try:
                    return work(client)
                except client.exceptions.ResourceNotFoundException:
                    return None

        return await self._credentials.run(run)
