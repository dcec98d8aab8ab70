import http.client
import http.server
import json
import re
import socket
import ssl
import threading
from typing import ClassVar

import pytest
from served_commands import (
    CANARY,
    lines_of_json,
    run,
)
from yarl import URL

from mediaintel_async.cli.actions import doctor
from mediaintel_async.simulator import Fault


def test_all_checks_pass(simulator):
    """
    `doctor` prints a line for each check, and exits with 0 if all checks pass.
    """
    done = run("doctor")

    assert 0 == done.exit_code
    assert [
        "ok keys: NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY, set",
        f"ok address: {simulator.url}",
        f"ok network: {simulator.url} answers (HTTP 401, as expected without keys)",
        "ok clock: agrees with the service's",
    ] == done.stdout.splitlines()[:4]
    assert "ok permission: the keys may list workspaces\n" in done.stdout
    assert CANARY not in done.output


def test_findings_are_lines_of_json(simulator):
    """
    `doctor --json` prints one object per check.
    """
    done = run("doctor", "--json")

    lines = lines_of_json(done.stdout)
    assert ["keys", "address", "network", "clock", "permission"] == [one["check"] for one in lines]
    assert [True] * 5 == [one["ok"] for one in lines]
    assert [None] * 5 == [one["advice"] for one in lines]


def test_a_service_without_workspaces_accepts_the_keys(simulator):
    """
    If the service answers 404 for the list of workspaces, the keys count as accepted.
    """
    simulator.faults.add("list_workspaces", Fault.STATUS(404))

    done = run("doctor")

    assert 0 == done.exit_code
    assert "ok permission: the keys are accepted; this service cannot list" in done.stdout


@pytest.mark.parametrize("missing", ["NCLOUD_ACCESS_KEY_ID", "NCLOUD_SECRET_ACCESS_KEY"])
def test_missing_keys_are_found(simulator, monkeypatch, missing):
    """
    Without one of the keys `doctor` names what to set, checks the rest, and exits with 2.
    """
    monkeypatch.delenv(missing)

    done = run("doctor")

    first, *rest = done.stdout.splitlines()
    assert 2 == done.exit_code
    assert first.startswith("!! keys: ")
    assert missing in first
    assert ["ok address", "ok network", "ok clock"] == [line.partition(":")[0] for line in rest]
    assert CANARY not in done.output


@pytest.fixture
def empty_home(simulator, monkeypatch, tmp_path):
    """A home folder without a configuration file, and an environment without keys."""
    monkeypatch.delenv("NCLOUD_ACCESS_KEY_ID")
    monkeypatch.delenv("NCLOUD_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_without_keys_every_place_is_named(empty_home):
    """
    Without any keys `doctor` names each place it searched, and exits with 2.
    """
    done = run("doctor")

    first, *_ = done.stdout.splitlines()
    assert 2 == done.exit_code
    assert re.match(
        r"!! keys: no credentials\. .* NCLOUD_ACCESS_KEY_ID .* NCLOUD_SECRET_KEY .*"
        rf" {empty_home}/\.ncloud/configure: no such file; server role: .*: no connection\.",
        first,
    )
    assert "Set NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY to a key pair" in first
    assert "permission" not in done.stdout


def test_keys_of_a_file_are_found(simulator, empty_home):
    """
    `doctor` names the file and the profile of the keys, and shows neither key.
    """
    file = empty_home / ".ncloud" / "configure"
    file.parent.mkdir()
    file.write_text(
        f"ncloud_access_key_id = {simulator.access_key}\nncloud_secret_access_key = {CANARY}\n"
    )

    done = run("doctor")

    assert 0 == done.exit_code
    assert f"ok keys: profile DEFAULT of {file}" == done.stdout.splitlines()[0]
    assert CANARY not in done.output
    assert simulator.access_key not in done.output


class MetadataHandler(http.server.BaseHTTPRequestHandler):
    """The metadata of a server with a role."""

    answers: ClassVar = {
        "/latest/meta-data/iam/security-credentials/": b"my-role",
        "/latest/meta-data/iam/security-credentials/my-role": json.dumps(
            {
                "AccessKeyId": "sim-access-key",
                "SecretAccessKey": CANARY,
                "Expiration": "2999-01-01T00:00:00Z",
            }
        ).encode(),
    }

    def do_GET(self):
        """Answer by path."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answers[self.path])

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def metadata(monkeypatch):
    """The metadata service, in a thread of its own."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), MetadataHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("NCLOUD_METADATA_API_ENDPOINT", url)
        yield url
        server.shutdown()
        thread.join()


def test_keys_of_the_server_role_are_found(empty_home, metadata):
    """
    `doctor` asks for the keys of the server's role, and names the role as their source.
    """
    done = run("doctor")

    assert 0 == done.exit_code
    assert f"ok keys: the server role, by {metadata}" == done.stdout.splitlines()[0]
    assert "ok permission" in done.stdout
    assert CANARY not in done.output


def test_a_malformed_key_is_found_and_not_shown(simulator, monkeypatch):
    """
    A key with a space in it is reported without its value.
    """
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", f"{CANARY} two")

    done = run("doctor")

    assert 2 == done.exit_code
    assert "!! keys: secret_key is empty, or has a space in it" in done.stdout
    assert CANARY not in done.output


def test_a_wrong_key_is_found(simulator, monkeypatch):
    """
    If keys are refused although the clock is right, the advice is about the keys: exit code 1.
    """
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "another-canary")

    done = run("doctor")

    assert 1 == done.exit_code
    assert "ok clock" in done.stdout
    assert "!! permission: GET /api/v1/workspaces: Authentication Failed" in done.stdout
    assert "Check the access key and the secret key" in done.stdout
    assert "canary" not in done.output


@pytest.mark.parametrize(("skew", "words"), [(100_000, "behind"), (-100_000, "ahead of")])
def test_a_wrong_clock_is_found(simulator, skew, words):
    """
    A clock with too much skew exits with 1, and the advice is about the clock, not the keys.
    """
    simulator.skew_seconds = skew

    done = run("doctor")

    assert 1 == done.exit_code
    assert re.search(
        rf"^!! clock: (99|100)\d\d\d seconds {words} the service's\. Set", done.stdout, re.MULTILINE
    )
    assert "!! permission" in done.stdout
    assert 2 == done.stdout.count("Set this machine's clock")


def test_a_minute_of_skew_gets_advice(simulator):
    """
    A skew of a minute passes with advice.
    """
    simulator.skew_seconds = 60

    done = run("doctor")

    assert 0 == done.exit_code
    assert re.search(r"^ok clock: .* Set this machine's clock", done.stdout, re.MULTILINE)


def test_ten_seconds_of_skew_get_no_advice(simulator):
    """
    A skew of ten seconds is printed without advice.
    """
    simulator.skew_seconds = 10

    done = run("doctor")

    assert re.search(r"^ok clock: \d+ seconds behind the service's$", done.stdout, re.MULTILINE)


def test_a_missing_permission_is_found(simulator):
    """
    Keys without permission exit with 1, and the advice names the missing policy.
    """
    simulator.faults.add("list_workspaces", Fault.STATUS(401, "210"))

    done = run("doctor")

    assert 1 == done.exit_code
    assert "NCP_VPC_MEDIA_INTELLIGENCE_MANAGER" in done.stdout


def test_nobody_listening_is_found(simulator, monkeypatch):
    """
    If nothing listens at the address `doctor` exits with 1, and skips the remaining checks.
    """
    done = run("doctor", "--base-url", "http://127.0.0.1:1")

    assert 1 == done.exit_code
    assert "!! network: http://127.0.0.1:1 was not reached: nothing listens there" in done.stdout
    assert "clock" not in done.stdout


def test_an_insecure_address_is_found(simulator):
    """
    An address without TLS exits with 2, and skips the remaining checks.
    """
    done = run("doctor", "--base-url", "http://service.example")

    assert 2 == done.exit_code
    assert "!! address: base_url http://service.example is not https" in done.stdout
    assert "network" not in done.stdout


@pytest.mark.parametrize("words", [["--base-url", ""], []], ids=["option", "environment"])
def test_an_empty_address_is_found(simulator, monkeypatch, words):
    """
    An empty address is not the public service: `doctor` exits with 2.
    """
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", "")

    done = run("doctor", *words)

    assert 2 == done.exit_code
    assert "!! address: base_url is empty" in done.stdout
    assert "network" not in done.stdout


def test_the_public_service_is_the_default(simulator, monkeypatch):
    """
    Without an address `doctor` checks the public service.
    """
    monkeypatch.delenv("MEDIAINTEL_BASE_URL")
    monkeypatch.setattr(
        doctor,
        "check_network",
        lambda origin: (doctor.Finding(check="network", is_ok=False, found=str(origin)), None),
    )

    done = run("doctor")

    assert 1 == done.exit_code
    assert "!! network: https://mi.apigw.ntruss.com\n" in done.stdout


@pytest.mark.parametrize("date", [None, "yesterday", "Mon, 99 Jan 2026 00:00:00 GMT"])
def test_a_response_without_a_date(date):
    """
    A response without a valid `Date` header passes the check of the clock.
    """
    finding = doctor.check_clock(date, 0.0)

    assert finding.is_ok
    assert "cannot be compared" in finding.found


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its host name is unknown"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "TLS failed"),
        (ssl.SSLError(), "TLS failed"),
        (TimeoutError(), "no response within 10 seconds"),
        (OSError(101, "Network is unreachable"), "Network is unreachable"),
        (OSError(), "OSError"),
        (http.client.BadStatusLine("SSH-2.0"), "not HTTP (BadStatusLine)"),
    ],
)
def test_the_cause_of_a_failed_connection_is_printed(monkeypatch, error, found):
    """
    Each cause of a failed connection has its own message and advice.
    """

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(http.client.HTTPSConnection, "request", fail)

    finding, date = doctor.check_network(URL("https://mi.apigw.ntruss.com"))

    assert not finding.is_ok
    assert found in finding.found
    assert finding.advice
    assert date is None
