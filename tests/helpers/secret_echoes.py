"""Servers that send back the secrets of a request, in every form that was thought of."""

import html
import json
from urllib.parse import quote

from scripted_server import SUCCESS, Answer, Raw, refusal

from mediaintel_async import Request

SECRET = "CANARY0SECRET0KEY"
SIGNATURE = "x-ncp-apigw-signature-v2"
GET = Request("GET", "/api/v1/things", dict)
POST = Request("POST", "/api/v1/things", dict, body={"name": "a"})
DELETE = Request("DELETE", "/api/v1/things", dict, body={"name": "a"})


def echo_of(received):
    """All request headers, as a careless program prints them."""
    return "\n".join(f"{name}: {value}" for name, value in received.headers.items())


def json_echo(status, **more):
    """Return a script that puts the request headers into the service's refusal."""

    def answer(received):
        told = {"code": "9", "message": echo_of(received), "details": echo_of(received), **more}
        return Answer(status, json.dumps(told).encode())

    return answer


def gateway_echo(received):
    """Put the signature into every field of a gateway's refusal."""
    signature = received.headers[SIGNATURE]
    error = {"errorCode": signature, "message": signature, "details": quote(signature, safe="")}
    return Answer(401, json.dumps({"error": error}).encode())


def xml_echo(received):
    """Put the signature into every field of a gateway's refusal in XML, each letter an entity."""
    signature = "".join(f"&#{ord(letter)};" for letter in received.headers[SIGNATURE])
    fields = ("errorCode", "message", "details")
    text = "".join(f"<{name}>{signature}</{name}>" for name in fields)
    return Answer(401, f"<error>{text}</error>".encode())


def gateway_header_echo(received):
    """Put the signature into the gateway's own headers."""
    signature = received.headers[SIGNATURE]
    names = ("x-ncp-apigw-error-code", "x-ncp-apigw-error-message", "x-ncp-trace-id")
    return Answer(401, b"", dict.fromkeys(names, signature))


def escaped_echo(received):
    """Write every letter of the signature as an escape."""
    signature = "".join(f"\\u{ord(letter):04x}" for letter in received.headers[SIGNATURE])
    return Answer(500, f'{{"code": "9", "message": "you sent {signature}"}}'.encode())


def slashed_echo(received):
    """Escape the slashes of the signature, as PHP does."""
    signature = received.headers[SIGNATURE].replace("/", "\\/")
    return Answer(400, f'{{"code": "9", "message": "you sent {signature}"}}'.encode())


def cut_echo(received):
    """Let the signature stand where a long message is cut off."""
    told = {"code": "9", "message": "x" * 280 + received.headers[SIGNATURE]}
    return Answer(400, json.dumps(told).encode())


def html_echo(status):
    """Return a script that answers with a page of the request headers."""

    def answer(received):
        page = f"<html><pre>{html.escape(echo_of(received))}</pre></html>".encode()
        return Answer(status, page, {"Content-Type": "text/html"})

    return answer


def header_echo(received):
    """Send the request headers back as headers of a half answer."""
    return Raw(f"HTTP/1.1 200 OK\r\n{echo_of(received)}\r\n".replace("\n", "\r\n").encode())


def broken_header_echo(received):
    """Send the signature back in a header line that is none."""
    return Raw(f"HTTP/1.1 200 OK\r\n@\0 {received.headers[SIGNATURE]}\r\n\r\n".encode())


def no_http_echo(received):
    """Send back nothing but the signature."""
    return Raw(f"{received.headers[SIGNATURE]}\r\n\r\n".encode())


def plain_echo(received):
    """Send the request back, as an echo server does."""
    return Raw(f"{received.method} {received.target} HTTP/1.1\r\n{echo_of(received)}".encode())


def chunk_echo(received):
    """Send the signature where the size of a chunk should stand."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Raw(head + received.headers[SIGNATURE].encode() + b"\r\n")


def redirect_echo(received):
    """Redirect to an address with the signature in it."""
    return Answer(302, b"", {"Location": f"/?s={quote(received.headers[SIGNATURE])}"})


SCRIPTS = {
    "success": Answer(),
    "success that echoes": lambda received: Answer(
        body=json.dumps({"code": "0", "message": echo_of(received), "result": {}}).encode()
    ),
    "400 that echoes": json_echo(400),
    "401 that echoes": json_echo(401),
    "403 that echoes": json_echo(403),
    "404 that echoes": json_echo(404),
    "409 that echoes": json_echo(409),
    "413 that echoes": json_echo(413),
    "429 that echoes": json_echo(429),
    "500 that echoes": json_echo(500),
    "200 that refuses and echoes": json_echo(200),
    "200 with the older form that echoes": lambda received: Answer(
        body=json.dumps({"responseError": {"returnMessage": echo_of(received)}}).encode()
    ),
    "gateway that echoes": gateway_echo,
    "gateway that echoes in XML": xml_echo,
    "gateway that echoes in headers": gateway_header_echo,
    "escapes": escaped_echo,
    "escaped slashes": slashed_echo,
    "cut off": cut_echo,
    "page": html_echo(502),
    "page with 200": html_echo(200),
    "half an answer that echoes": header_echo,
    "no header that echoes": broken_header_echo,
    "no HTTP that echoes": no_http_echo,
    "echo server": plain_echo,
    "no chunk that echoes": chunk_echo,
    "redirect": redirect_echo,
    "list that echoes": lambda received: Answer(body=json.dumps([echo_of(received)]).encode()),
    "result that echoes": lambda received: Answer(
        body=json.dumps({"result": [echo_of(received)]}).encode()
    ),
    "quota": Answer(429, b'{"error": {"errorCode": "400", "message": "Quota Exceeded"}}'),
    "server error": refusal(503),
    "nothing": Raw(),
    "silence": Raw(hangs=True),
    "half a body": Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
    "noise": Raw(bytes(range(256))),
    "too long": Answer(body=SUCCESS.ljust(1000)),
}
