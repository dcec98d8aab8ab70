import errno
import os
import traceback
from pathlib import Path

import pytest

from mediaintel_async import ConfigurationError, Credentials, MediaIntelligence, Request
from mediaintel_async.clock import SystemClock
from mediaintel_async.http import credentials as module
from mediaintel_async.http.credentials import source_of

CANARY = "canary+Secret/8=="
PAIR = "ncloud_access_key_id = access\nncloud_secret_access_key = secret\n"
PROFILES = f"""\
{PAIR}
[prod]
ncloud_access_key_id = prod-access
ncloud_secret_access_key = prod-secret
"""


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """The process environment, without any keys, and with an empty home folder."""
    for name in (*module.ACCESS_KEY_NAMES, *module.SECRET_KEY_NAMES, "NCLOUD_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return monkeypatch


@pytest.fixture
def file(environment, tmp_path):
    """The configuration file in the home folder, not written yet."""
    path = tmp_path / ".ncloud" / "configure"
    path.parent.mkdir()
    return path


async def key_sent_to(server):
    """The access key that a client without arguments signs with."""
    async with MediaIntelligence(base_url=server.url) as client:
        await client.send(Request("GET", "/api/v1/workspaces", dict))
    return server.received[-1].headers["x-ncp-iam-access-key"]


# How it is written.


@pytest.mark.parametrize(
    "text",
    [
        PAIR,
        f"[DEFAULT]\n{PAIR}",
        f"[default]\n{PAIR}",
        f" [ DEFAULT ] \n\n{PAIR}",
        f"\ufeff[DEFAULT]\n{PAIR}",
        PAIR.replace("\n", "\r\n"),
        PAIR.replace(" = ", "="),
        PAIR.replace(" = ", "\t=  ").replace("\n", "  \n"),
        PAIR.removesuffix("\n"),
        f"# keys\n; of mine\n#ncloud_access_key_id = other\n{PAIR}no setting\n",
        f"{PAIR}[other]\nncloud_access_key_id = other\n",
        f"ncloud_access_key_id = older\n{PAIR}",
        f"ncloud_api_url = https://ncloud.apigw.ntruss.com\n{PAIR}NCLOUD_API_GW = https://x\n",
        f"[other]\nncloud_access_key_id = other\n[DEFAULT]\n{PAIR}",
    ],
)
def test_the_file_is_read_however_it_is_written(file, text):
    """
    Header, spaces, blank lines, comments and other settings may be there or not.
    """
    file.write_text(text, "utf-8", newline="")

    found = Credentials.from_file()

    assert Credentials("access", "secret") == found


def test_a_secret_may_have_an_equals_sign(file):
    """
    A line is split at its first equals sign only.
    """
    file.write_text(f"ncloud_access_key_id=a=b\nncloud_secret_access_key={CANARY}\n")

    found = Credentials.from_file()

    assert Credentials("a=b", CANARY) == found


def test_a_comment_sign_within_a_line_is_part_of_the_value(file):
    """
    Only at the beginning of a line do # and ; make a comment.
    """
    file.write_text("ncloud_access_key_id = a#b\nncloud_secret_access_key = c;d\n")

    found = Credentials.from_file()

    assert Credentials("a#b", "c;d") == found


def test_another_file_may_be_named(file, tmp_path):
    """
    The keys of a file elsewhere are read by its path.
    """
    (tmp_path / "keys").write_text(PAIR)

    found = Credentials.from_file(path=str(tmp_path / "keys"))

    assert Credentials("access", "secret") == found


# Profiles.


def test_a_profile_is_chosen_by_argument(file, environment):
    """
    The argument decides, whatever `NCLOUD_PROFILE` says.
    """
    environment.setenv("NCLOUD_PROFILE", "staging")
    file.write_text(PROFILES)

    found = Credentials.from_file(profile="prod")

    assert Credentials("prod-access", "prod-secret") == found


def test_a_profile_is_chosen_by_the_environment(file, environment):
    """
    Without an argument `NCLOUD_PROFILE` names the profile.
    """
    environment.setenv("NCLOUD_PROFILE", "prod")
    file.write_text(PROFILES)

    found = Credentials.from_file()

    assert Credentials("prod-access", "prod-secret") == found


def test_a_profile_that_is_not_there(file):
    """
    The error names the file, the profile, and which others there are.
    """
    file.write_text(PROFILES)

    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_file(profile="staging")

    assert (
        f"no credentials in profile staging of {file}: no keys (profiles there: DEFAULT, prod)"
    ) == str(caught.value)


def test_a_file_without_any_keys(file):
    """
    An empty file has no keys, and the error says that it has no profiles.
    """
    file.write_text("")

    with pytest.raises(ConfigurationError, match=r"no keys \(profiles there: none\)$"):
        Credentials.from_file()


def test_a_file_that_is_not_there(file):
    """
    The error for a missing file names its path.
    """
    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_file()

    assert f"no credentials in {file}: no such file" == str(caught.value)


def test_a_home_folder_that_is_not_known(environment):
    """
    Without a home folder there is no file.
    """
    environment.delenv("HOME")

    with pytest.raises(ConfigurationError, match=r"^no credentials in \$HOME.*: no such file$"):
        Credentials.from_file()


# What is wrong with it.


@pytest.mark.parametrize("name", ["ncloud_access_key_id", "ncloud_secret_access_key"])
@pytest.mark.parametrize("rest", ["", " ="], ids=["absent", "empty"])
def test_half_a_key_pair_in_a_profile(file, name, rest):
    """
    A half that is missing is named, with file and profile, and the other half is not shown.
    """
    text = f"[prod]\nncloud_access_key_id = {CANARY}\nncloud_secret_access_key = {CANARY}\n"
    file.write_text(PAIR + text.replace(f"{name} = {CANARY}", rest and name + rest))

    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_file(profile="prod")

    assert f"profile prod of {file} lacks {name}" == str(caught.value)


def test_a_key_that_no_header_can_carry(file):
    """
    A bad key is named by file, profile and kind, and not shown.
    """
    file.write_text(f"ncloud_access_key_id = a\nncloud_secret_access_key = {CANARY} two\n")

    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_file()

    assert f"profile DEFAULT of {file}: secret_key is empty, or has a space in it" in str(
        caught.value
    )
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_file_that_is_not_utf_8(file):
    """
    Other encodings are refused, and nothing of the file is in the error or behind it.
    """
    file.write_bytes(PAIR.replace("secret", CANARY).encode("utf-16"))

    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_file()

    assert f"{file} cannot be read: it is not UTF-8" == str(caught.value)
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


def test_a_folder_in_place_of_the_file(file):
    """
    What cannot be read is told with the reason of the system.
    """
    file.mkdir()

    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_file()

    assert f"{file} cannot be read: {os.strerror(errno.EISDIR)}" == str(caught.value)


def test_a_file_that_may_not_be_read(file, monkeypatch):
    """
    A reason without words is told by its kind.
    """

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", refuse)

    with pytest.raises(ConfigurationError, match=r"cannot be read: PermissionError$"):
        Credentials.from_file()


def test_a_file_in_place_of_the_folder(environment, tmp_path):
    """
    Where `.ncloud` is no folder there is no configuration file.
    """
    (tmp_path / ".ncloud").write_text("")

    with pytest.raises(ConfigurationError, match=r"no such file$"):
        Credentials.from_file()


# Its place in the order.


async def test_the_file_comes_after_the_environment(server, file, environment):
    """
    Keys of the environment are used although a file has others.
    """
    environment.setenv("NCLOUD_ACCESS_KEY_ID", "from-environment")
    environment.setenv("NCLOUD_SECRET_ACCESS_KEY", "secret")
    file.write_text(PAIR)

    used = await key_sent_to(server)

    assert "from-environment" == used


async def test_a_client_takes_the_keys_of_the_file(server, file):
    """
    Without arguments and environment a client signs with the keys of the default profile.
    """
    file.write_text(PROFILES)

    used = await key_sent_to(server)

    assert "access" == used


async def test_a_client_takes_the_profile_of_the_environment(server, file, environment):
    """
    `NCLOUD_PROFILE` chooses for a client too.
    """
    environment.setenv("NCLOUD_PROFILE", "prod")
    file.write_text(PROFILES)

    used = await key_sent_to(server)

    assert "prod-access" == used


@pytest.mark.parametrize("text", [PAIR, ""])
def test_a_chosen_profile_that_is_not_there_is_an_error(file, environment, text):
    """
    A profile that was chosen and has no keys is an error when the client is made.
    """
    environment.setenv("NCLOUD_PROFILE", "staging")
    file.write_text(text)

    with pytest.raises(ConfigurationError) as caught:
        MediaIntelligence()

    assert f"no credentials in profile staging of {file}: " in str(caught.value)
    assert str(caught.value).endswith("; NCLOUD_PROFILE chose the profile")


def test_a_chosen_profile_without_a_file_is_an_error(file, environment):
    """
    If a profile was chosen and there is no file, the error says so.
    """
    environment.setenv("NCLOUD_PROFILE", "prod")

    with pytest.raises(
        ConfigurationError, match=r"no such file; NCLOUD_PROFILE chose the profile$"
    ):
        MediaIntelligence()


def test_half_a_key_pair_in_the_file_is_noticed_at_once(file):
    """
    A file with one half does not send the search elsewhere: the client is not made.
    """
    file.write_text("ncloud_access_key_id = access\n")

    with pytest.raises(ConfigurationError, match="lacks ncloud_secret_access_key"):
        MediaIntelligence()


async def test_a_file_with_other_profiles_only_is_listed(server, file):
    """
    The list of places without keys says which profiles the file has.
    """
    file.write_text("[prod]\n" + PAIR)

    with pytest.raises(ConfigurationError) as caught:
        await key_sent_to(server)

    assert f"; profile DEFAULT of {file}: no keys (profiles there: prod); " in str(caught.value)


def test_the_gateway_of_the_file_is_not_this_service(file, environment):
    """
    Neither `ncloud_api_url` nor `NCLOUD_API_GW` moves a client to another address.
    """
    environment.delenv("MEDIAINTEL_BASE_URL", raising=False)
    environment.setenv("NCLOUD_API_GW", "https://elsewhere.example")
    file.write_text(f"{PAIR}ncloud_api_url = https://elsewhere.example\n")

    client = MediaIntelligence()

    assert "<MediaIntelligence: https://mi.apigw.ntruss.com>" == repr(client)


@pytest.mark.parametrize(
    ("environment_of", "place"),
    [
        ({}, "profile DEFAULT of {file}"),
        ({"NCLOUD_PROFILE": "prod"}, "profile prod of {file}"),
        (
            {"NCLOUD_ACCESS_KEY": CANARY, "NCLOUD_SECRET_KEY": CANARY},
            "NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY, set",
        ),
    ],
)
def test_a_source_says_where_its_keys_are(file, tmp_path, environment_of, place):
    """
    The place is told in words, without any key.
    """
    file.write_text(PROFILES)

    source = source_of({"HOME": str(tmp_path), **environment_of}, SystemClock())

    assert place.format(file=file) == source.place
    assert "access" not in repr(source)
