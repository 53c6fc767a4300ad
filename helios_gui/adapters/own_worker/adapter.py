"""Renders with workers of one's own, over HTTP, with S3, Cloud Storage or a shared folder between here and there."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.cloud_run.adapter import HttpInvoker, HttpService
from helios_gui.adapters.cloud_run.cloud_run_checks import check_worker
from helios_gui.adapters.cloud_run.cloud_run_responses import CloudRunResponses
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.adapters.remote.adapter import RemoteAdapter
from helios_gui.adapters.remote.invoker import Outcome, TimeBounds, Unanswered
from helios_gui.adapters.remote.profile_checks import check_storage
from helios_gui.adapters.remote.shared_token import SharedTokenAuth
from helios_gui.translation import tr
from helios_gui.types import CheckLine, StorageError, WorkerRequest

_WAIT_AFTER_LOSS = 300.0
"""Seconds that a result may still come after the connection was lost: the host may be off, and nobody says so."""
_SLACK = 20.0


class OwnWorkerInvoker(HttpInvoker):
    """Invokes a worker that has no limit but ours, and nobody who restarts it."""

    @property
    def name(self) -> str:
        """See ``Invoker``."""
        return tr("the worker at {url}", url=self._url)

    async def bounds(self, timeout: float | None) -> TimeBounds:
        """See ``Invoker``. Only a limit that somebody has set is told the worker, which may have one of its own."""
        limit = self._service.request_timeout
        longest = min(limit, timeout) if timeout is not None else limit
        return TimeBounds(None, longest, longest + _SLACK)

    async def invoke(self, request: WorkerRequest) -> Outcome:
        """See ``Invoker``."""
        outcome = await super().invoke(request)
        if isinstance(outcome, Unanswered) and outcome.within is None:
            return replace(outcome, within=_WAIT_AFTER_LOSS)
        return outcome


class OwnWorkerAdapter(RemoteAdapter):
    """A ``WorkerAdapter`` for the workers at one address."""

    def __init__(self, profile: OwnWorkerProfile, context: AdapterContext) -> None:
        super().__init__(OwnWorkerInvoker(_service_of(profile), context.read_timeout), profile, context)


async def check_own_worker(profile: OwnWorkerProfile) -> AsyncGenerator[CheckLine, None]:
    """Yield a line for each thing that was looked at; without a token there is only that one."""
    auth = _auth_of(profile)
    if auth is not None:
        try:
            await auth.token()
            yield CheckLine(
                tr("Sign-in"), True, tr("There is a token in {worker_token}.", worker_token=profile.worker_token)
            )
        except StorageError as error:
            yield CheckLine.of_error(tr("Sign-in"), error)
            return
    for setting, warning in profile.warnings().items():
        yield CheckLine(tr("Encryption"), None, f"{getattr(profile, setting)}: {warning}")
    async for line in check_worker(profile.service_url, auth, _responses_of(profile)):
        yield line
    async for line in check_storage(profile.storage_url, profile.storage_settings()):
        yield line


def _service_of(profile: OwnWorkerProfile) -> HttpService:
    return HttpService(profile.service_url, _responses_of(profile), lambda: _auth_of(profile), profile.request_timeout)


def _responses_of(profile: OwnWorkerProfile) -> CloudRunResponses:
    token = profile.worker_token or tr("the profile (none is set)")
    return CloudRunResponses(profile.service_url, profile.service_url, token, service=tr("The worker's host"))


def _auth_of(profile: OwnWorkerProfile) -> SharedTokenAuth | None:
    return SharedTokenAuth(profile.worker_token) if profile.worker_token else None
