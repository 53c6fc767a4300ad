"""Requests that show a bearer token, renewed once where the service does not accept it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator
from http import HTTPStatus

import httpx


class BearerAuth(httpx.Auth):
    """Adds a token to each request. A request that is answered with 401 is sent once more, with another token."""

    @abstractmethod
    async def token(self, refused: str = "") -> str:
        """Return a valid token.

        Args:
            refused: A token that the service did not accept; another one is returned if there is one.

        Raises:
            StorageError: There is no token.
        """

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """See ``httpx.Auth``."""
        token = await self.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != HTTPStatus.UNAUTHORIZED:
            return
        renewed = await self.token(refused=token)
        if renewed != token:
            request.headers["Authorization"] = f"Bearer {renewed}"
            yield request
