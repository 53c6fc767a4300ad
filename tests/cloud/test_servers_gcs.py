"""The GCS server, cross-checked with Google's own client library."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from google.api_core.exceptions import BadRequest, Conflict, Forbidden, NotFound, PreconditionFailed
from google.auth.exceptions import RefreshError
from google.cloud import storage
from google.oauth2.credentials import Credentials

from tests.cloud.servers.gcs import GcsServer, gcs_server
from tests.cloud.servers.gcs_uploads import STEP

BUCKET = "renders"


@pytest.fixture
def gcs() -> Iterator[GcsServer]:
    """A server that takes the token ``good`` and no other."""
    with gcs_server({"good": "artist@studio.example"}.get, BUCKET) as server:
        yield server


@contextmanager
def google_bucket(server: GcsServer, token: str = "good") -> Iterator[storage.Bucket]:
    options = {"api_endpoint": server.url}
    client = storage.Client(project="studio", credentials=Credentials(token), client_options=options)
    before = set(threading.enumerate())
    with client:
        yield client.bucket(BUCKET)
        # The library asks about a bucket in the background after some answers; not after the server has gone, please.
        for thread in set(threading.enumerate()) - before:
            thread.join(10)


def direct(server: GcsServer, token: str = "good") -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)


def test_google_client_uploads_and_downloads(gcs: GcsServer) -> None:
    data = b"\r\n--x\r\n" + os.urandom(2_000) + b"\r\n"
    with google_bucket(gcs) as bucket:
        blob = bucket.blob("jobs/1/a ü+#?.bin")
        blob.metadata = {"sha256": "abc"}
        blob.upload_from_string(data, content_type="video/quicktime", checksum="md5")
        found = bucket.get_blob("jobs/1/a ü+#?.bin")
        assert found.download_as_bytes(checksum="crc32c") == data
        assert found.download_as_bytes(start=5, end=9) == data[5:10]
        assert found.download_as_bytes(start=1_990) == data[1_990:]
    assert (found.size, found.content_type, found.metadata) == (len(data), "video/quicktime", {"sha256": "abc"})
    assert (found.generation, found.md5_hash) == (blob.generation, blob.md5_hash)


def test_google_client_resumes_uploads(gcs: GcsServer) -> None:
    data = os.urandom(2 * STEP + 1_000)
    with google_bucket(gcs) as bucket:
        bucket.blob("big", chunk_size=STEP).upload_from_file(io.BytesIO(data), checksum="crc32c")
        assert gcs.counts["resume"] == 3
        bucket.blob("empty", chunk_size=STEP).upload_from_file(io.BytesIO(b""))
        assert bucket.blob("big").download_as_bytes() == data
    assert gcs.data(BUCKET, "empty") == b""
    assert gcs.sessions.unfinished == 0


def test_google_client_creates_only_once(gcs: GcsServer) -> None:
    with google_bucket(gcs) as bucket:
        blob = bucket.blob("once")
        blob.upload_from_string(b"first", if_generation_match=0)
        with pytest.raises(PreconditionFailed):
            bucket.blob("once").upload_from_string(b"second", if_generation_match=0)
        with pytest.raises(PreconditionFailed):
            bucket.blob("once", chunk_size=STEP).upload_from_file(io.BytesIO(b"third"), if_generation_match=0)
        bucket.blob("once").upload_from_string(b"fourth", if_generation_match=blob.generation)
    assert gcs.data(BUCKET, "once") == b"fourth"


def test_google_client_lists_pages(gcs: GcsServer) -> None:
    with google_bucket(gcs) as bucket:
        for number in range(7):
            bucket.blob(f"a/{number}").upload_from_string(b"")
        bucket.blob("b/1").upload_from_string(b"")
        gcs.page_limit = 3
        gcs.counts.clear()
        assert [blob.name for blob in bucket.list_blobs(prefix="a/")] == [f"a/{number}" for number in range(7)]
        assert gcs.counts["list"] == 3
        folders = bucket.list_blobs(delimiter="/")
        assert (list(folders), folders.prefixes) == ([], {"a/", "b/"})


def test_google_client_gets_only_the_fields_it_asks_for(gcs: GcsServer) -> None:
    with google_bucket(gcs) as bucket:
        for name in ("a", "b", "c"):
            bucket.blob(name).upload_from_string(b"xy", content_type="video/mp4")
        gcs.page_limit = 2
        found = list(bucket.list_blobs(fields="items(name,size),nextPageToken"))
        assert [(blob.name, blob.size, blob.content_type, blob.md5_hash) for blob in found] == [
            (name, 2, None, None) for name in ("a", "b", "c")
        ]
    with direct(gcs) as client:
        url = f"/storage/v1/b/{BUCKET}/o/a"
        assert client.get(url, params={"fields": "name,size,metadata"}).json() == {"name": "a", "size": "2"}


def test_google_client_deletes_and_changes_metadata(gcs: GcsServer) -> None:
    with google_bucket(gcs) as bucket:
        blob = bucket.blob("note")
        blob.upload_from_string(b"x")
        blob.metadata = {"seen": "yes"}
        blob.patch()
        assert bucket.get_blob("note").metadata == {"seen": "yes"}
        blob.delete()
        assert bucket.get_blob("note") is None
        with pytest.raises(NotFound):
            bucket.blob("note").delete()
        with pytest.raises(NotFound):
            bucket.blob("note").download_as_bytes()


def test_google_client_meets_refusals(gcs: GcsServer) -> None:
    # Meeting a 401, the client asks for another token, which a bare token has no means to get.
    with google_bucket(gcs, token="bad") as bucket, pytest.raises(RefreshError):
        bucket.blob("x").upload_from_string(b"x", retry=None)
    gcs.denied.add("storage.objects.create")
    with google_bucket(gcs) as bucket:
        with pytest.raises(Forbidden, match=r"artist@studio\.example does not have storage\.objects\.create"):
            bucket.blob("x").upload_from_string(b"x")
        asked = ["storage.objects.create", "storage.objects.get"]
        assert bucket.test_iam_permissions(asked) == ["storage.objects.get"]
        with pytest.raises(Conflict):
            bucket.client.create_bucket(BUCKET)
        with pytest.raises(NotFound):
            bucket.client.get_bucket("no-such-bucket")


def test_refuses_data_that_does_not_fit_its_checksum(gcs: GcsServer) -> None:
    with google_bucket(gcs) as bucket:
        blob = bucket.blob("x")
        blob.md5_hash = "1B2M2Y8AsgTpgAmY7PhCfg=="
        with pytest.raises(BadRequest):
            blob.upload_from_string(b"not empty")
    assert gcs.names(BUCKET) == []


def begin(client: httpx.Client, name: str) -> str:
    path = f"/upload/storage/v1/b/{BUCKET}/o"
    answer = client.post(path, params={"uploadType": "resumable", "name": name}, json={"metadata": {"k": "v"}})
    assert answer.status_code == 200
    return answer.headers["Location"]


def test_keeps_whole_steps_of_an_upload_that_breaks_off(gcs: GcsServer) -> None:
    data = os.urandom(2 * STEP + 100)

    def breaks_off() -> Iterator[bytes]:
        yield data[: STEP + 10]
        raise ConnectionError("the network is gone")

    with direct(gcs) as client:
        location = begin(client, "broken")
        headers = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}", "Content-Length": str(len(data))}
        with pytest.raises(ConnectionError):
            client.put(location, content=breaks_off(), headers=headers)
        status = client.put(location, headers={"Content-Range": f"bytes */{len(data)}"})
        assert (status.status_code, status.headers["Range"]) == (308, f"bytes=0-{STEP - 1}")
        rest = {"Content-Range": f"bytes {STEP}-{len(data) - 1}/{len(data)}"}
        done = client.put(location, content=data[STEP:], headers=rest)
        assert (done.status_code, done.json()["size"]) == (200, str(len(data)))
        again = client.put(location, headers={"Content-Range": f"bytes */{len(data)}"})
        assert (again.status_code, again.json()["generation"]) == (200, done.json()["generation"])
    assert gcs.data(BUCKET, "broken") == data


def test_keeps_whole_steps_of_a_piece_that_is_none(gcs: GcsServer) -> None:
    with direct(gcs) as client:
        location = begin(client, "odd")
        headers = {"Content-Range": f"bytes 0-{STEP + 9}/{3 * STEP}"}
        piece = client.put(location, content=bytes(STEP + 10), headers=headers)
        assert (piece.status_code, piece.headers["Range"]) == (308, f"bytes=0-{STEP - 1}")
        ahead = client.put(location, content=b"x", headers={"Content-Range": f"bytes {2 * STEP}-{2 * STEP}/{3 * STEP}"})
        assert ahead.status_code == 503


def test_cancels_uploads(gcs: GcsServer) -> None:
    with direct(gcs) as client:
        location = begin(client, "unwanted")
        assert gcs.sessions.unfinished == 1
        assert client.delete(location).status_code == 499
        assert client.put(location, content=b"x").status_code == 410
    assert gcs.names(BUCKET) == []


def test_ranges_and_errors_as_the_service_writes_them(gcs: GcsServer) -> None:
    with direct(gcs) as client:
        path = f"/upload/storage/v1/b/{BUCKET}/o"
        client.post(path, params={"uploadType": "media", "name": "a/b"}, content=b"0123456789")
        media = f"/storage/v1/b/{BUCKET}/o/a%2Fb?alt=media"
        part = client.get(media, headers={"Range": "bytes=4-"})
        assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"456789", "bytes 4-9/10")
        assert client.get(media, headers={"Range": "bytes=10-"}).status_code == 416
        error = client.get(f"/storage/v1/b/{BUCKET}/o/missing").json()["error"]
        assert (error["code"], error["errors"][0]["reason"]) == (404, "notFound")
    anonymous = httpx.get(gcs.url + media, trust_env=False)
    assert (anonymous.status_code, "Bearer" in anonymous.headers["WWW-Authenticate"]) == (401, True)
