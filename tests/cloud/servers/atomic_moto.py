"""moto's server with conditional writes as S3 has them: of two at once, exactly one creates the object.

moto 5 looks whether there is one and stores it in two steps, between which its other threads run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING

from moto import server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_one_conditional_request = threading.Lock()


class AtomicApplication(server.DomainDispatcherApplication):
    """All of moto's services; requests with conditions are answered one after another."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_conditional = "HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MATCH" in environ
        with _one_conditional_request if is_conditional else nullcontext():
            answer: Iterable[bytes] = super().__call__(environ, start_response)
            return answer


if __name__ == "__main__":
    server.DomainDispatcherApplication = AtomicApplication  # type: ignore[misc]  # what its main() serves
    server.main()
