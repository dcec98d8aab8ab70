import pytest

from mediaintel_async import InvalidAnswer
from mediaintel_async.http.presigned_upload import Body, _StoppedError, address_of, refusal


@pytest.mark.parametrize(
    "text",
    [
        "https://h.test/a%20b%2Fc?X-Amz-Signature=%41%2f%2B~",
        "https://h.test//a/../b?x=1&&y=+",
        "http://localhost:8080/a",
    ],
)
def test_an_address_is_used_as_it_was_written(text):
    """
    A presigned URL is used byte for byte as the service wrote it.
    """
    assert text == str(address_of("GET /a", text, allow_insecure=False, allow_this_machine=True))


def test_a_plain_address_elsewhere_needs_leave():
    """
    Plain http beyond this machine is refused, unless `allow_insecure` was given.
    """
    text = "http://storage.test/a"

    address = address_of("GET /a", text, allow_insecure=True, allow_this_machine=False)

    assert text == str(address)
    with pytest.raises(InvalidAnswer, match="allow_insecure"):
        address_of("GET /a", text, allow_insecure=False, allow_this_machine=False)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",  # noqa: S104 - refused
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_of_this_machine_is_refused_if_the_service_is_elsewhere(scheme, host):
    """
    A service elsewhere cannot make the client send a file to a port of this machine.
    """
    text = f"{scheme}://{host}:2375/containers/create?x"

    with pytest.raises(InvalidAnswer, match="this machine"):
        address_of("GET /a", text, allow_insecure=True, allow_this_machine=False)


@pytest.mark.parametrize(
    "text",
    [
        "https://host:99999/x",
        "https://host:0/x",
        "https://[/x",
        "https://a..b/",
        f"https://{'a' * 64}.com/",
        "https://xn--zzzzzz/",
    ],
)
def test_an_address_that_no_connection_can_be_made_to_is_refused(text):
    """
    A presigned URL with an impossible host or port is an answer that is not documented.
    """
    with pytest.raises(InvalidAnswer, match="expected an https address"):
        address_of("GET /a", text, allow_insecure=True, allow_this_machine=True)


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyboardInterrupt])
async def test_what_a_callback_raises_is_kept(kind):
    """
    An exception of `on_progress`, of any kind, is kept for the caller of the upload.
    """

    def fail(_):
        raise kind

    body = Body(b"abc", fail)

    with pytest.raises(_StoppedError):
        _ = [piece async for piece in body]

    assert isinstance(body.failure, kind)


@pytest.mark.parametrize("status", [200, 204, 299])
def test_success_is_no_refusal(status):
    """
    Every 2xx says that the storage has taken the file.
    """
    assert refusal("an upload", status, {}, b"", now=0) is None


@pytest.mark.parametrize(
    ("status", "words"),
    [(300, "redirect"), (307, "redirect"), (399, "redirect"), (403, "expired"), (400, "not take")],
)
def test_a_refusal_says_what_it_means(status, words):
    """
    The storage's own words are never shown; the status has some of ours.
    """
    error = refusal("an upload", status, {}, b"<Message>canary</Message>", now=0)

    assert words in error.message
    assert "canary" not in str(error)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<Error><Code>AccessDenied</Code></Error>", "AccessDenied"),
        (b"<Code>" + b"a" * 60 + b"</Code>", "a" * 60),
        (b"<Code>" + b"a" * 61 + b"</Code>", ""),
        (b"<Code>https://h.test/?secret</Code>", ""),
        (b"", ""),
    ],
)
def test_a_refusal_has_the_code_of_the_storage(content, code):
    """
    A code is one word, and short; what else stands in its place is not passed on.
    """
    assert code == refusal("an upload", 400, {}, content, now=0).code
