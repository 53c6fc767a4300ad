"""The worker's server as a real process."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from aiohttp import web

from helios_gui import __version__
from helios_gui.worker.connections import MOST_CONNECTIONS
from tests.cloud.servers.cloud_run import cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.processes import stop_process
from tests.cloud.servers.serving import serve
from tests.cloud.storage_backends import gcs_backend
from tests.support.cli import ROOT, command
from tests.support.waiting import PATIENCE, eventually, wait_until
from tests.support.worker import Farm, frames_command, renderers_below

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes and signals")

TOKEN = "canary-0123456789-token"
CALLER = "renderer@studio.iam.gserviceaccount.com"
AUDIENCE = "https://worker.studio.example"
SLOW = "sh -c 'echo frame=4; sleep 60 & sleep 60' out-0.txt"
BRIEF = "sh -c 'echo x >> {0}/runs; while [ ! -e {0}/go ]; do sleep 0.02; done; echo made > out-0.txt'"


class Server:
    """A worker's server: a process that serves ``url`` and prints to ``log``."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self._log = folder / "server.log"
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        own = {"HELIOS_WORKER_DIR": str(folder / "worker"), "HELIOS_WORKER_PROGRESS_INTERVAL": "0"}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command("worker", "serve", "--port", "0", *arguments),
                env={**kept, "PYTHONPATH": str(ROOT), **own, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: "Rendering at http://127.0.0.1:" in self.log or self.process.poll() is not None)
        assert self.process.poll() is None, self.log
        self.url = self.log.partition("Rendering at ")[2].split()[0]

    @property
    def log(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    def post(self, event: Any, token: str = TOKEN, path: str = "/", **more: Any) -> httpx.Response:
        """A request's answer."""
        content = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.post(self.url + path, content=content, headers=headers, trust_env=False, **{"timeout": 60, **more})

    async def post_soon(self, event: Any, **more: Any) -> httpx.Response:
        """The same, from a thread."""
        return await asyncio.to_thread(self.post, event, **more)

    @contextmanager
    def asked(self, event: Any) -> Iterator[int]:
        """A request whose sender hangs up at the end; its port."""
        body = json.dumps(event).encode()
        head = f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", int(self.url.rpartition(":")[2])), timeout=PATIENCE) as connection:
            connection.sendall(head.encode() + body)
            yield connection.getsockname()[1]

    def is_connected(self, port: int) -> bool:
        """Whether it has still a connection to who has that port."""
        return any(one.raddr and one.raddr.port == port for one in psutil.Process(self.process.pid).net_connections())

    def health(self, token: str = TOKEN, path: str = "/healthz") -> dict[str, Any]:
        """What it says of itself."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer: dict[str, Any] = httpx.get(self.url + path, headers=headers, trust_env=False, timeout=60).json()
        return answer


@contextmanager
def serving(folder: Path, *arguments: str, **environment: str) -> Iterator[Server]:
    server = Server(folder, *arguments, **environment)
    try:
        yield server
    finally:
        stop_process(server.process, 20)


@pytest.fixture
def farm(tmp_path: Path) -> Farm:
    """A storage in a folder."""
    return Farm((tmp_path / "farm").as_uri())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with a shared token."""
    with serving(tmp_path, HELIOS_WORKER_TOKEN=TOKEN) as served:
        yield served


async def test_renders(server: Server, farm: Farm) -> None:
    await farm.put_job([frames_command(10, "out-0.mov"), "sh -c 'echo hello; exit 3'"], output="out-{}.mov")
    answer = await server.post_soon(farm.event())
    body = answer.json()
    assert (answer.status_code, body["exitCode"], body["stdout"], body["stderr"]) == (200, 0, "", "")
    assert body["artifact"]["frames"] == 10
    assert (await farm.result()).artifact is not None
    failed = await server.post_soon(farm.event(1, "a2"), path="/render")
    body = failed.json()
    assert (failed.status_code, body["exitCode"], body["stdout"]) == (200, 3, "hello")
    assert body["stderr"] == '"sh" ended with exit code 3: hello'
    assert "output" not in body


def test_health(server: Server) -> None:
    known = {"status": "ok", "version": __version__, "busy": False}
    assert server.health() == {**known, "authorized": True}
    assert server.health(token="wrong", path="/health") == {**known, "authorized": False}
    assert server.health(token="", path="/") == {**known, "authorized": False}


def test_who_may_render_is_told_what_can_be_rendered(tmp_path: Path) -> None:
    with serving(tmp_path, HELIOS_WORKER_TOKEN=TOKEN, HELIOS_BROWSER="/no/browser") as server:
        assert "capabilities" not in server.health(token="wrong", path="/health?capabilities")
        found = server.health(path="/health?capabilities")["capabilities"]
        assert (found["browser"], found["browserProblem"]) == (
            "",
            "There is no browser at /no/browser. Correct HELIOS_BROWSER.",
        )
        assert found["ffmpeg"]
        assert "png" in found["encoders"]


class TestRefusals:
    def test_starts_only_with_a_check_of_callers(self, tmp_path: Path) -> None:
        def start(**environment: str) -> tuple[int, str]:
            variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": "0", **environment}
            answer = subprocess.run(
                command("worker", "serve"), env=variables, capture_output=True, text=True, timeout=60, check=False
            )
            return answer.returncode, answer.stderr

        code, said = start()
        assert code == 2
        assert "HELIOS_WORKER_TOKEN" in said
        assert "--insecure-no-auth" in said
        code, said = start(HELIOS_WORKER_TOKEN="short")
        assert code == 2
        assert "too short" in said
        code, said = start(HELIOS_WORKER_AUDIENCE=AUDIENCE)
        assert code == 2
        assert "HELIOS_WORKER_CALLERS" in said
        code, said = start(HELIOS_WORKER_TOKEN=TOKEN, PORT="eighty")
        assert code == 2
        assert "PORT is 'eighty'" in said
        assert TOKEN not in said
        code, said = start(HELIOS_WORKER_TOKEN=TOKEN, HELIOS_WORKER_CACHE_MB="lots")
        assert code == 2
        assert "HELIOS_WORKER_CACHE_MB is 'lots'" in said

    def test_without_any_check_if_told_so(self, tmp_path: Path) -> None:
        with serving(tmp_path, "--insecure-no-auth") as server:
            assert server.health(token="")["authorized"] is True
            assert server.post({}, token="").status_code == 400

    @pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "ü"])
    def test_a_wrong_token(self, server: Server, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}".encode()} if token else {}
        answer = httpx.post(server.url, content=b"{}", headers=headers, trust_env=False)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert TOKEN not in answer.text + server.log

    def test_what_is_no_request(self, server: Server) -> None:
        requests = {
            "empty": b"",
            "cut": b"{",
            "a list": b"[]",
            "no text": b"\xff\xfe",
            "no text as path": b'{"jobPath": 7, "chunkIndex": 0}',
            "no path": b"{}",
            "deep": b"[" * 200_000,
            "deep and complete": b'{"x":' * 40_000 + b"0" + b"}" * 40_000,
            "endless time": b'{"jobPath": "file:///x/job.json", "chunkIndex": 0, "timeLimit": 1e999}',
            "half a character": b'{"jobPath": "file:///\\ud800/job.json", "chunkIndex": 0}',
            "endless number": b'{"chunkIndex": ' + b"9" * 10_000 + b"}",
            "compressed": gzip.compress(b" " * 50_000_000),
        }
        for name, content in requests.items():
            answer = server.post(content)
            assert answer.status_code == 400, name
            assert answer.json()["message"], name
        assert "Traceback" not in server.log

    def test_a_body_that_says_it_is_compressed_is_taken_as_it_is(self, server: Server) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Encoding": "gzip"}
        bomb = gzip.compress(b"[" * 50_000_000)
        assert httpx.post(server.url, content=bomb, headers=headers, trust_env=False).status_code == 400
        assert psutil.Process(server.process.pid).memory_info().rss < 200 * 1024 * 1024

    def test_a_body_that_is_too_large(self, server: Server) -> None:
        assert server.post(b" " * (256 * 1024 + 1)).status_code == 413
        assert server.post(b" " * (256 * 1024 + 1), token="wrong").status_code == 401
        assert server.health()["busy"] is False

    def test_other_methods_and_paths(self, server: Server) -> None:
        assert httpx.put(server.url, content=b"{}", trust_env=False).status_code == 405
        assert server.post({}, path="/other").status_code == 404


@contextmanager
def google_certificates(tokens: GoogleTokenServer) -> Iterator[str]:
    """The URL of the public keys as Google's certificates are: text by key id."""

    async def answer(_: web.Request) -> web.Response:
        key = tokens.authority.signing_key
        return web.json_response({key.key_id: key.public_pem})

    application = web.Application()
    application.router.add_get("/certs", answer)
    with serve(application) as served:
        yield f"{served.url}/certs"


def test_google_accounts(tmp_path: Path, google_tokens: GoogleTokenServer) -> None:
    authority = google_tokens.authority
    with (
        google_certificates(google_tokens) as certificates,
        serving(
            tmp_path,
            HELIOS_WORKER_AUDIENCE=AUDIENCE,
            HELIOS_WORKER_CALLERS=f"somebody@studio.example, {CALLER}",
            HELIOS_WORKER_CERTS_URL=certificates,
        ) as server,
    ):
        token = authority.identity_token(CALLER, AUDIENCE)
        assert server.post({}, token=token).status_code == 400, "let in, but it is no request"
        assert server.health(token)["authorized"] is True
        assert server.post({}, token="").status_code == 401
        assert server.post({}, token="a.b.c").status_code == 401
        assert server.post({}, token=authority.identity_token(CALLER, "https://other.example")).status_code == 401
        assert server.post({}, token=authority.identity_token(CALLER, AUDIENCE, with_email=False)).status_code == 403
        other = authority.identity_token("stranger@elsewhere.iam.gserviceaccount.com", AUDIENCE)
        assert server.post({}, token=other).status_code == 403
        authority.lifetime = -3600
        assert server.post({}, token=authority.identity_token(CALLER, AUDIENCE)).status_code == 401
        assert token.rpartition(".")[2] not in server.log


GOOGLE_LIKE = (
    "eyJhbGciOiJSUzI1NiIsImtpZCI6Im1hZGUtdXAifQ.eyJhdWQiOiJodHRwczovL3dvcmtlci5zdHVkaW8uZXhhbXBsZSJ9.bWFkZSB1cA"
)


async def test_slow_keys_of_google_block_nobody_who_has_the_shared_token(tmp_path: Path, farm: Farm) -> None:
    """Made-up tokens have to wait for the keys, but not on threads that the renders need."""
    asked = []
    enough = threading.Event()

    async def late(request: web.Request) -> web.Response:
        asked.append(request.path)
        await asyncio.to_thread(enough.wait, 30)
        return web.Response(status=500)

    application = web.Application()
    application.router.add_get("/certs", late)
    google = {"HELIOS_WORKER_AUDIENCE": AUDIENCE, "HELIOS_WORKER_CALLERS": CALLER}
    await farm.put_job(["sh -c 'echo made > out-0.txt'"])
    with (
        serve(application) as certificates,
        serving(
            tmp_path, HELIOS_WORKER_TOKEN=TOKEN, HELIOS_WORKER_CERTS_URL=f"{certificates.url}/certs", **google
        ) as it,
    ):
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            headers = {"Authorization": f"Bearer {GOOGLE_LIKE}"}
            waiting = [asyncio.create_task(client.post(it.url, content=b"{}", headers=headers)) for _ in range(40)]
            await eventually(lambda: bool(asked))
            answer = await it.post_soon(farm.event())
            assert answer.json()["exitCode"] == 0, answer.text
            assert not any(task.done() for task in waiting), "or they were no trouble"
            enough.set()
            refused = await asyncio.gather(*waiting)
        assert {answer.status_code for answer in refused} == {503}
        assert len(asked) == 1
        assert it.post({}, token=GOOGLE_LIKE).status_code == 503, "not asked again at once"
        assert len(asked) == 1


class TestConnections:
    async def test_half_requests_keep_nobody_out(self, server: Server, farm: Farm) -> None:
        await farm.put_job(["sh -c 'echo made > out-0.txt'"])
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        with ExitStack() as open_connections:
            for number in range(2 * MOST_CONNECTIONS):
                connection = open_connections.enter_context(socket.create_connection(address, timeout=PATIENCE))
                connection.sendall([b"POST /render HTTP/1.1\r\nX: ", b"", b"garbage\r\n\r\n"][number % 3])
            assert server.health()["authorized"] is True
            answer = await server.post_soon(farm.event())
            assert answer.json()["exitCode"] == 0
            assert psutil.Process(server.process.pid).num_fds() < MOST_CONNECTIONS + 50
        assert len(server.log) < 100_000

    async def test_a_render_is_not_pushed_out(self, server: Server, farm: Farm, tmp_path: Path) -> None:
        await farm.put_job([BRIEF.format(tmp_path)])
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        render = asyncio.create_task(server.post_soon(farm.event()))
        await eventually((tmp_path / "runs").exists)
        with ExitStack() as open_connections:
            for _ in range(2 * MOST_CONNECTIONS):
                open_connections.enter_context(socket.create_connection(address, timeout=PATIENCE))
            (tmp_path / "go").touch()
            assert (await render).json()["exitCode"] == 0


async def test_shows_the_shared_token_nowhere(server: Server, farm: Farm, tmp_path: Path) -> None:
    await farm.put_job(["sh -c 'env; env > out-0.txt'", "sh -c 'env; exit 1'", "no-such-program"])
    answers = [await server.post_soon(farm.event(index, f"a{index}")) for index in range(3)]
    assert [answer.json()["exitCode"] for answer in answers] == [0, 1, 1]
    left = [path.read_text() for path in (tmp_path / "farm").rglob("*") if path.is_file()]
    assert len(left) > 6
    assert TOKEN not in "".join([*left, *(answer.text for answer in answers), server.log])


class TestOneAtATime:
    async def test_another_chunk_has_to_wait(self, server: Server, farm: Farm, tmp_path: Path) -> None:
        await farm.put_job([BRIEF.format(tmp_path), "true"])
        first = asyncio.create_task(server.post_soon(farm.event()))
        await eventually((tmp_path / "runs").exists)
        assert (await asyncio.to_thread(server.health))["busy"] is True
        second = await server.post_soon(farm.event(1, "a2"))
        assert (second.status_code, second.headers["Retry-After"]) == (429, "5")
        assert second.json()["message"] == "The worker is rendering another chunk."
        (tmp_path / "go").touch()
        assert (await first).json()["exitCode"] == 0
        assert (await server.post_soon(farm.event(1, "a2"))).status_code == 200

    async def test_the_same_attempt_is_rendered_once(self, server: Server, farm: Farm, tmp_path: Path) -> None:
        await farm.put_job([BRIEF.format(tmp_path)])
        first = asyncio.create_task(server.post_soon(farm.event()))
        await eventually((tmp_path / "runs").exists)
        second = asyncio.create_task(server.post_soon(farm.event()))
        await asyncio.sleep(0.2)
        (tmp_path / "go").touch()
        assert (await first).json() == (await second).json() == (await server.post_soon(farm.event())).json()
        assert (tmp_path / "runs").read_text() == "x\n"


class TestHangingUp:
    async def test_does_not_end_the_render(self, server: Server, farm: Farm, tmp_path: Path) -> None:
        await farm.put_job([BRIEF.format(tmp_path)])
        with server.asked(farm.event()) as port:
            await eventually((tmp_path / "runs").exists)
        await eventually(lambda: not server.is_connected(port))
        (tmp_path / "go").touch()
        await eventually(lambda: not server.health()["busy"])
        assert (await farm.result()).exit_code == 0

    async def test_ends_it_where_that_is_wanted(self, tmp_path: Path, farm: Farm) -> None:
        await farm.put_job([SLOW])
        with serving(tmp_path, "--stop-on-hangup", HELIOS_WORKER_TOKEN=TOKEN) as server:
            with server.asked(farm.event()):
                await eventually(lambda: len(renderers_below(tmp_path)) >= 3)
            await eventually(lambda: not renderers_below(tmp_path))
            await eventually(lambda: not server.health()["busy"])
        assert await farm.keys() == []


async def test_a_graceful_end(tmp_path: Path, farm: Farm) -> None:
    await farm.put_job([SLOW])
    with serving(tmp_path, HELIOS_WORKER_TOKEN=TOKEN) as server:
        task = asyncio.create_task(server.post_soon(farm.event()))
        await eventually(lambda: len(renderers_below(tmp_path)) >= 3)
        await asyncio.sleep(0.2)
        asked = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        body = (await task).json()
        assert await asyncio.to_thread(server.process.wait, 60) == 0
        took = time.monotonic() - asked
        assert renderers_below(tmp_path) == []
        assert "Traceback" not in server.log
    assert (body["failure"], body["message"]) == ("transient", "The worker was shut down at frame 4 of 10.")
    assert (await farm.result()).message == body["message"]
    assert (await farm.read("a1/log.txt")).decode().splitlines() == ["frame=4", body["message"]]
    assert took < 10, "Cloud Run kills after ten seconds"


async def test_two_servers_cannot_have_one_port(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HELIOS_WORKER_TOKEN": TOKEN}
    arguments = command("worker", "serve", "--port", port)
    answer = await asyncio.to_thread(subprocess.run, arguments, env=variables, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "cannot serve there" in answer.stderr
    assert psutil.pid_exists(server.process.pid)


async def test_behind_cloud_run_with_its_storage(
    tmp_path: Path, gcs: GcsServer, google_tokens: GoogleTokenServer
) -> None:
    backend = gcs_backend(gcs, google_tokens, tmp_path)
    farm = Farm(backend.url, backend.settings)
    await farm.put_job([frames_command(10, "out-0.mov")], output="out-{}.mov")
    environment = {
        "HELIOS_WORKER_HOST": "127.0.0.1",
        "HELIOS_STORAGE_GCS_ENDPOINT_URL": gcs.url,
        "HELIOS_STORAGE_METADATA_HOST": google_tokens.metadata_host,
    }
    with cloud_run(CloudRunService(environment=environment, invokers={CALLER}), google_tokens) as front:
        headers = {"Authorization": f"Bearer {google_tokens.authority.identity_token(CALLER, front.url)}"}
        async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=90) as client:
            body = (await client.post(front.url, json=farm.event())).json()
            health = (await client.get(f"{front.url}/health")).json()
    assert (body["exitCode"], body["artifact"]["frames"]) == (0, 10), body
    assert (health["version"], health["authorized"]) == (__version__, True)
