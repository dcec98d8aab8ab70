"""Uploads of pictures to presigned addresses, which no message and no other host may see."""

import asyncio
import io
import itertools
import json
import logging
import pickle
import struct
import traceback

import aiohttp
import pytest
from arrivals import sent
from scripted_server import Answer, Raw, ScriptedServer

from mediaintel_async import (
    AnswerLost,
    ApiError,
    ClientClosed,
    Credentials,
    InvalidAnswer,
    InvalidArgument,
    InvalidRequest,
    MediaIntelligence,
    NotSent,
    PermissionDenied,
    RequestTimeout,
    SearchQuery,
    ServerError,
    Timeouts,
)
from mediaintel_async.simulator import Fault

W = "my-workspace"
SIGNATURE = "canary0signature"
OK = Answer(body=b"")


def png(side=300, size=2000):
    """The part of a PNG that the simulator reads."""
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", side, side)
    return head + b"x" * (size - len(head))


async def stream_of(*pieces):
    """An async iterable of bytes."""
    for piece in pieces:
        yield piece


@pytest.fixture
async def storage(world):
    """The storage behind the simulator's presigned addresses."""
    world.add_workspace(W)
    return world.storage


@pytest.fixture
async def host(simulator, world):
    """A foreign host that the next presigned addresses point to."""
    world.add_workspace(W)
    async with ScriptedServer(OK) as server:
        lead_to(simulator, f"{server.url}/p%20%2F?X-Amz-Signature={SIGNATURE}")
        yield server


def lead_to(simulator, url, **fields):
    """Make *url* the next presigned addresses."""
    for operation, key in (
        ("issue_search_image_upload_url", "assetFileKey"),
        ("issue_person_thumbnail_upload_url", "thumbnailKey"),
    ):
        result = {key: "the key", "url": url, **fields}
        body = json.dumps({"code": "0", "result": result}).encode()
        simulator.faults.add(operation, Fault.BODY(body), times=100)


UPLOADS = {
    "search": lambda client, image: client.search.upload_query_image(image, file_name="a.png"),
    "persons": lambda client, image: client.persons.upload_thumbnail(W, image, file_name="a.png"),
}


async def upload(client, **arguments):
    """Upload a query image."""
    return await client.search.upload_query_image(png(), file_name="a.png", **arguments)


def told_by(error):
    """Everything that a reader can see of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


# What is sent to which host.


async def test_a_query_image_is_found_by_its_key(client, storage):
    """
    A search accepts the key of an uploaded image.
    """
    key = await upload(client)

    assert (await (await client.jobs.start_search(W, SearchQuery(image=key))).wait()).succeeded
    assert png() == storage.received[0].content


async def test_a_thumbnail_has_the_key_of_its_address(client, storage, simulator):
    """
    The key of a thumbnail is the one issued with its address, as its check returns none.
    """
    key = await client.persons.upload_thumbnail(W, png(), file_name="profile.JPG")

    assert f"{W}/00000001/profile.JPG" == key
    assert storage.is_usable(key)
    assert [{"thumbnailFileName": "profile.JPG"}, {"thumbnailKey": key}] == [
        one.body for one in simulator.requests
    ]


async def test_heic_has_the_key_of_the_check(client, storage):
    """
    The key of a converted HEIC file is the one that its check returned.
    """
    key = await client.search.upload_query_image(b"heic", file_name="a.HEIC")

    assert "images/00000001/a.jpg" == key


async def test_a_file_is_uploaded_by_its_path(client, storage, tmp_path):
    """
    A path gives both the bytes and the file name.
    """
    path = tmp_path / "자동차 a+b.webp"
    path.write_bytes(b"picture")

    key = await client.search.upload_query_image(path)

    assert "images/00000001/자동차 a+b.webp" == key
    assert b"picture" == storage.received[0].content


async def test_a_path_may_be_text_and_have_another_name(client, storage, tmp_path):
    """
    `file_name` has precedence over the name in the path.
    """
    path = tmp_path / "no-ending"
    path.write_bytes(b"picture")

    key = await client.search.upload_query_image(str(path), file_name="a.png")

    assert key.endswith("/a.png")


async def test_a_stream_is_uploaded_in_one_piece(client, storage):
    """
    An async iterable of bytes is sent whole and with its length, as a storage accepts no chunks.
    """
    image = stream_of(b"one", bytearray(b"two"), b"")

    await client.search.upload_query_image(image, file_name="a.png")

    assert b"onetwo" == storage.received[0].content
    assert "6" == storage.received[0].headers["Content-Length"]
    assert "Transfer-Encoding" not in storage.received[0].headers


async def test_progress_counts_the_bytes(client, storage):
    """
    `on_progress` gets growing numbers of bytes, the size of the file last.
    """
    seen = []
    image = png(size=200_000)

    await client.search.upload_query_image(image, file_name="a.png", on_progress=seen.append)

    assert (sorted(set(seen)), 200_000) == (seen, seen[-1])
    assert 4 == len(seen)


@pytest.mark.parametrize("group", ["search", "persons"])
async def test_a_foreign_host_gets_no_header_of_the_gateway(client, host, simulator, group):
    """
    The storage gets the file and its length, but no key, signature or content type.
    """
    simulator.faults.add("check_search_image_upload", Fault.BODY(good("k")))
    simulator.faults.add("check_person_thumbnail_upload", Fault.BODY(good("k")))

    await UPLOADS[group](client, png())

    (received,) = host.received
    assert ("PUT", png()) == (received.method, received.body)
    assert f"/p%20%2F?X-Amz-Signature={SIGNATURE}" == received.target
    assert {"Host", "Content-Length", "Accept", "Accept-Encoding", "User-Agent"} == set(
        received.headers
    )


def good(key):
    """The answer of a check that accepts the picture."""
    result = {"assetKey": key, "uploadStatus": "COMPLETED"}
    return json.dumps({"code": "0", "result": result}).encode()


async def test_a_callers_session_lends_its_connections_only(simulator, host, clock):
    """
    The storage does not get headers and cookies of the caller's own session.
    """
    simulator.faults.add("check_search_image_upload", Fault.BODY(good("k")))
    keys = Credentials(simulator.access_key, simulator.secret_key)
    cookies = {"session": "secret"}
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Bearer x"}, cookies=cookies) as session,
        MediaIntelligence(keys, base_url=simulator.url, session=session, clock=clock) as client,
    ):
        await upload(client)

        assert not session.closed
        assert not session.connector.closed

    assert {"Authorization", "Cookie"}.isdisjoint(host.received[0].headers)


async def test_a_callers_proxy_is_used(simulator, storage, clock):
    """
    An upload goes through the proxy of the caller's own session.
    """
    keys = Credentials(simulator.access_key, simulator.secret_key)
    async with (
        ScriptedServer(OK) as proxy,
        aiohttp.ClientSession(proxy=proxy.url) as session,
        MediaIntelligence(
            keys, base_url=simulator.url, session=session, clock=clock, allow_insecure=True
        ) as client,
    ):
        await client._transport.upload("a.png", "http://storage.invalid/a", b"picture", None)

    assert ["http://storage.invalid/a"] == [one.target for one in proxy.received]


async def test_an_address_of_another_name_is_found(client, storage, simulator):
    """
    Without a field `url`, the only address of the answer is used.
    """
    place = await client.search.issue_image_upload_url("a.png")
    answer = {"assetFileKey": place.key, "presignedUrl": place.url, "expiration": 900}
    body = json.dumps({"code": "0", "result": answer}).encode()
    simulator.faults.add("issue_search_image_upload_url", Fault.BODY(body))

    assert place.key == await upload(client)


# Invalid arguments, for which nothing is sent.


@pytest.mark.parametrize(
    ("image", "file_name"),
    [
        (png(), None),
        (png(), "a.gif"),
        (png(), "png"),
        (png(), ""),
        (png(), 5),
        (b"", "a.png"),
        (png(size=5 * 2**20 + 1), "a.png"),
        (5, "a.png"),
        (None, "a.png"),
        (io.BytesIO(b"x"), "a.png"),
        ("/nowhere/a.png", None),
        ("/nowhere/a\0.png", None),
        ("/", "a.png"),
    ],
    ids=itertools.count(),
)
async def test_what_is_no_image_is_not_sent(client, simulator, image, file_name):
    """
    A file that is empty, too large, unreadable or of another format raises InvalidArgument before
    anything is sent.
    """
    with pytest.raises(InvalidArgument):
        await client.search.upload_query_image(image, file_name=file_name)

    assert [] == simulator.requests


async def test_a_stream_is_read_no_further_than_need_be(client, simulator):
    """
    An endless stream is refused as soon as it is too large.
    """
    pieces = [bytes(2**20)] * 7
    stream = stream_of(*pieces)

    with pytest.raises(InvalidArgument, match="more than 5 MB"):
        await client.search.upload_query_image(stream, file_name="a.png")

    assert 1 == len([piece async for piece in stream])


async def test_a_stream_of_text_is_refused(client, simulator):
    """
    A stream that yields text raises InvalidArgument.
    """
    with pytest.raises(InvalidArgument, match="image yields str; expected bytes"):
        await client.search.upload_query_image(stream_of("x"), file_name="a.png")


async def test_heic_is_no_thumbnail(client, simulator):
    """
    A thumbnail cannot be a HEIC file, as documented.
    """
    with pytest.raises(InvalidArgument):
        await client.persons.upload_thumbnail(W, b"heic", file_name="a.heic")


async def on_progress(_):
    """An async function, which is not accepted."""


@pytest.mark.parametrize("told", [5, on_progress], ids=["number", "async"])
async def test_progress_is_told_to_a_plain_callable(client, simulator, told):
    """
    An `on_progress` that is not a plain callable raises InvalidArgument before anything is sent.
    """
    with pytest.raises(InvalidArgument, match="on_progress"):
        await upload(client, on_progress=told)

    assert [] == simulator.requests


async def test_an_upload_names_its_workspace(client, simulator):
    """
    An invalid workspace raises InvalidArgument for a thumbnail.
    """
    with pytest.raises(InvalidArgument, match="workspace"):
        await client.persons.upload_thumbnail(b"image", W, file_name="a.png")


# Refusals of the service and of the storage.


@pytest.mark.parametrize("group", ["search", "persons"])
async def test_a_small_image_is_not_taken(client, storage, group):
    """
    A failed check is an InvalidRequest, although the service answers it with HTTP status 200.
    """
    with pytest.raises(InvalidRequest, match=r"fewer than (224 x 224|256 x 256) pixels") as caught:
        await UPLOADS[group](client, png(side=223))

    assert (200, "RESOLUTION_NOT_SUPPORT") == (caught.value.status, caught.value.code)
    assert "upload of a.png" == caught.value.operation


async def test_a_reason_that_nobody_knows_is_shown(client, storage, simulator):
    """
    An unknown reason for a failed check is the error's `code`.
    """
    answer = b'{"code": "0", "result": {"uploadStatus": "FAILED", "uploadMessage": "BLURRED"}}'
    simulator.faults.add("check_search_image_upload", Fault.BODY(answer))

    with pytest.raises(InvalidRequest, match="BLURRED"):
        await upload(client)


async def test_an_unknown_end_of_an_upload_is_an_invalid_answer(client, storage, simulator):
    """
    A check with an unknown state is an InvalidAnswer.
    """
    answer = b'{"code": "0", "result": {"uploadStatus": "CONVERTING"}}'
    simulator.faults.add("check_search_image_upload", Fault.BODY(answer))

    with pytest.raises(InvalidAnswer, match="expected COMPLETED or FAILED"):
        await upload(client)


async def test_an_address_that_expired_is_a_permission_denied(new_client, storage, simulator):
    """
    An expired address is PermissionDenied, whose text says so; no other refusal says so.
    """
    client = new_client(timeouts=Timeouts(request=2000, read=2000))
    simulator.faults.add("issue_search_image_upload_url", Fault.SLOW(901))

    with pytest.raises(PermissionDenied, match="it has expired, or was used before") as caught:
        await upload(client)

    assert (403, "AccessDenied") == (caught.value.status, caught.value.code)
    assert "Signature" not in told_by(caught.value)
    assert 0 == sent(simulator, "check_search_image_upload")


@pytest.mark.parametrize(
    ("status", "kind"), [(400, InvalidRequest), (500, ServerError), (302, ApiError), (201, None)]
)
async def test_every_refusal_of_the_storage_has_its_error(client, host, simulator, status, kind):
    """
    A refusal of the storage is the error of its HTTP status, and shows only the storage's code.
    """
    body = f"<Error><Code>Bad</Code><Message>{SIGNATURE}</Message></Error>".encode()
    host.answers = [Answer(status, body, {"Location": f"{host.url}/elsewhere"})]
    simulator.faults.add("check_search_image_upload", Fault.BODY(good("k")))

    error = await failure_of(upload(client))

    assert kind is type(error) or (kind, error) == (None, None)
    assert SIGNATURE not in told_by(error or Exception())
    assert 1 == len(host.received)


async def failure_of(work):
    """The error that *work* raises; None if it succeeds."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - it is judged
        return error
    return None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Raw(), AnswerLost),
        (Raw(b"nonsense"), AnswerLost),
        (Raw(hangs=True), RequestTimeout),
        (Answer(delay_seconds=100), RequestTimeout),
    ],
    ids=["closed", "no HTTP", "silent", "slow"],
)
async def test_a_storage_without_an_answer_has_its_error(client, host, answer, kind):
    """
    Each failure of a transfer is a TransportError that does not show the address.
    """
    host.answers = [answer]

    with pytest.raises(kind) as caught:
        await upload(client)

    assert "upload of a.png" == caught.value.operation
    assert SIGNATURE not in told_by(caught.value)
    assert SIGNATURE not in told_by(pickle.loads(pickle.dumps(caught.value)))


async def test_a_storage_that_is_not_there_was_sent_nothing(client, storage, simulator):
    """
    An unreachable storage is NotSent, which chains no error that holds the address.
    """
    lead_to(simulator, f"http://127.0.0.1:1/a?X-Amz-Signature={SIGNATURE}")

    with pytest.raises(NotSent, match="no connection to the storage") as caught:
        await upload(client)

    assert SIGNATURE not in told_by(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "storage/a.png",
        "ftp://storage.test/a",
        "https:///a?X-Amz-Signature=canary0signature",
        "https://[canary0signature/",
        "https://storage.test/a b?X-Amz-Signature=canary0signature",
        "http://storage.test/a?X-Amz-Signature=canary0signature",
    ],
)
async def test_an_address_that_will_not_do_is_an_invalid_answer(client, storage, simulator, url):
    """
    An invalid address, or plain http beyond this machine, is an InvalidAnswer before anything is
    sent.
    """
    lead_to(simulator, url)

    with pytest.raises(InvalidAnswer, match="expected an https address") as caught:
        await upload(client)

    assert SIGNATURE not in told_by(caught.value)


async def test_an_answer_without_an_address_is_invalid(client, storage, simulator):
    """
    An answer with no address, or with several, is an InvalidAnswer.
    """
    lead_to(simulator, None)
    simulator.faults.clear()
    lead_to(simulator, None, one="https://a.test/", other="https://b.test/")

    with pytest.raises(InvalidAnswer, match="expected one address to send the image to"):
        await upload(client)


async def test_plain_http_may_be_permitted(simulator, storage, clock):
    """
    `allow_insecure=True` permits an upload over plain http to another machine.
    """
    lead_to(simulator, "http://storage.invalid/a")
    keys = Credentials(simulator.access_key, simulator.secret_key)
    settings = {"base_url": simulator.url, "clock": clock, "allow_insecure": True}

    async with MediaIntelligence(keys, **settings) as client:
        with pytest.raises(NotSent):
            await upload(client)


async def test_tls_is_verified(client, storage, simulator):
    """
    Nothing is sent to a host whose TLS certificate cannot be verified.
    """
    async with ScriptedServer(OK) as plain:
        lead_to(simulator, plain.url.replace("http", "https"))

        with pytest.raises(NotSent):
            await upload(client)

    assert [] == plain.received


async def test_an_exception_of_the_callback_leaves_the_upload(client, storage, simulator):
    """
    An exception in `on_progress` reaches the caller unchanged.
    """

    def refuse(_):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        await upload(client, on_progress=refuse)

    assert 0 == sent(simulator, "check_search_image_upload")


async def test_a_client_that_is_closed_uploads_nothing(new_client, storage):
    """
    An upload with a closed client raises ClientClosed.
    """
    client = new_client()
    await client.aclose()

    with pytest.raises(ClientClosed):
        await upload(client)


async def test_an_upload_left_by_its_task_is_cancelled(client, host):
    """
    Cancelling the task ends the upload, and no check is sent.
    """
    host.answers = [Raw(hangs=True)]
    task = asyncio.ensure_future(upload(client))
    await asyncio.sleep(1)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_closing_the_client_ends_an_upload(new_client, host):
    """
    Closing the client ends an upload in progress with AnswerLost, whose text gives the reason.
    """
    host.answers = [Raw(hangs=True)]
    client = new_client()
    task = asyncio.ensure_future(upload(client))
    await asyncio.sleep(1)
    await client.aclose()

    with pytest.raises(AnswerLost, match="the client was closed meanwhile"):
        await task


async def test_a_file_is_never_sent_in_part(client, host, simulator):
    """
    An upload on a dead connection is not sent again, because the address works once.
    """
    simulator.faults.add("check_search_image_upload", Fault.BODY(good("k")))
    await upload(client)
    host.answers = [Raw(), OK]

    with pytest.raises(AnswerLost):
        await upload(client)

    assert [png()] * 2 == [one.body for one in host.received]


async def test_no_log_shows_an_address(client, host, simulator, caplog):
    """
    No log record of the library shows a presigned address.
    """
    caplog.set_level(logging.DEBUG, "mediaintel_async")
    host.answers = [Answer(403)]

    with pytest.raises(PermissionDenied):
        await upload(client)

    assert SIGNATURE not in caplog.text
    assert caplog.text


async def test_no_repr_shows_an_address(client, storage):
    """
    No repr shows a presigned address, since whoever has it can use it.
    """
    place = await client.persons.issue_thumbnail_upload_url(W, "a.png")

    assert "Signature" in place.address
    assert "Signature" not in repr(place)
