"""The entry point of the AWS Lambda function: ``helios_gui.worker.lambda_handler.handler``."""

from __future__ import annotations

import asyncio
import logging
import os
from functools import cache
from typing import Any

from helios_gui.net.scrub import quieten_loggers
from helios_gui.types import UserInputError
from helios_gui.worker.runtime import WorkerRuntime
from helios_gui.worker.worker_responses import (
    asks_for_capabilities,
    capabilities_answer,
    lambda_refusal,
    lambda_response,
    read_request,
)
from helios_gui.worker.worker_settings import WorkerSettings


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Render a chunk: ``event`` is a ``WorkerRequest``; answers ``{statusCode, body}`` with ``body`` a JSON string.

    Asked for its capabilities, it answers with these.
    """
    try:
        if asks_for_capabilities(event):
            runner, runtime = _warm()
            return capabilities_answer(runner.run(runtime.capabilities()))
        request = read_request(event)
        runner, runtime = _warm()
    except UserInputError as error:
        return lambda_refusal(error)
    limit = context.get_remaining_time_in_millis() / 1000
    return lambda_response(runner.run(runtime.handle(request, limit)))


@cache
def _warm() -> tuple[asyncio.Runner, WorkerRuntime]:
    """Return the event loop and the runtime, which stay for as long as the sandbox does."""
    logging.getLogger("helios_gui").setLevel(logging.INFO)
    quieten_loggers()
    runner = asyncio.Runner()
    return runner, WorkerRuntime(WorkerSettings.from_environment(os.environ), "function")
