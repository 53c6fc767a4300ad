"""Requests that show a token: a new one, once, where the service did not accept it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Protocol

from helios_gui.net.http_client import Answer


class TokenSource(Protocol):
    """Where tokens come from."""

    async def token(self, refused: str = "") -> str:
        """A valid one; not the one that was ``refused``, if there is another. Raises ``StorageError``."""
        ...


async def send_with_token(
    tokens: TokenSource, headers: Mapping[str, str], send: Callable[[Mapping[str, str]], Awaitable[Answer]]
) -> Answer:
    """The answer to ``send(headers)``, with a token among the headers. Raises what ``send`` and ``tokens`` raise."""
    token = await tokens.token()
    answer = await send({**headers, "Authorization": f"Bearer {token}"})
    if answer.status != HTTPStatus.UNAUTHORIZED:
        return answer
    try:
        renewed = await tokens.token(refused=token)
    except BaseException:
        await answer.close()
        raise
    if renewed == token:
        return answer
    await answer.close()
    return await send({**headers, "Authorization": f"Bearer {renewed}"})
