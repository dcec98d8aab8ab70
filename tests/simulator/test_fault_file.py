import math

import pytest

from mediaintel_async.simulator import Fault, Faults, InvalidFaults
from mediaintel_async.simulator.fault import NONE


@pytest.fixture
def file(tmp_path):
    """Writes a file of faults, and returns its path."""

    def write(text):
        path = tmp_path / "faults.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def test_a_file_of_faults_is_read_in_its_order(file):
    """
    A table plans a fault for as many requests as its `times` says, and for one without it.
    """
    path = file("""
        # The first answer is lost, the next two come from a proxy.
        [[fault]]
        operation = "get_asset"
        kind = "DROP_AFTER"

        [[fault]]
        operation = "get_asset"
        kind = "HTML"
        times = 2
    """)

    faults = Faults.load(path)

    taken = [faults.take("get_asset") for _ in range(4)]
    assert [Fault.DROP_AFTER, Fault.HTML, Fault.HTML, NONE] == taken


def test_a_file_has_its_seed(file):
    """
    The seed of a file decides which requests meet a fault with a probability.
    """
    path = file(
        'seed = 7\n[[fault]]\noperation = "*"\nkind = "HTML"\ntimes = "always"\nprobability = 0.2'
    )
    expected = Faults(7)
    expected.add("*", Fault.HTML, math.inf, 0.2)

    faults = Faults.load(path)

    asked = range(100)
    assert [expected.take("get_asset") for _ in asked] == [faults.take("get_asset") for _ in asked]


def test_a_file_can_plan_an_outage(file):
    """
    A fault with times "always" and operation "*" meets every request until it is cleared.
    """
    path = file('[[fault]]\noperation = "*"\nkind = "CONFLICT"\ntimes = "always"')

    faults = Faults.load(path)

    taken = [faults.take("get_asset") for _ in range(100)]
    assert [Fault.CONFLICT] * 100 == taken


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("DROP_BEFORE", Fault.DROP_BEFORE),
        ("DROP_AFTER", Fault.DROP_AFTER),
        ("GATEWAY_TIMEOUT_BEFORE", Fault.GATEWAY_TIMEOUT_BEFORE),
        ("GATEWAY_TIMEOUT_AFTER", Fault.GATEWAY_TIMEOUT_AFTER),
        ("CONFLICT", Fault.CONFLICT),
        ("STALE", Fault.STALE),
        ("BEFORE", Fault.BEFORE),
        ("NO_TIME", Fault.NO_TIME),
        ("HTML", Fault.HTML),
        ("NOT_JSON", Fault.NOT_JSON),
        ("CUT", Fault.CUT),
        ("ENDLESS", Fault.ENDLESS),
        ("BACKWARDS", Fault.BACKWARDS),
        ("BOTH_SPELLINGS", Fault.BOTH_SPELLINGS),
        ("WRONG_TYPE", Fault.WRONG_TYPE),
    ],
)
def test_every_fault_has_its_name_in_a_file(file, kind, expected):
    """
    A fault without keys of its own needs only its name.
    """
    path = file(f'[[fault]]\noperation = "get_asset"\nkind = "{kind}"')

    faults = Faults.load(path)

    assert expected == faults.take("get_asset")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('kind = "SLOW"\nseconds = 2.5', Fault.SLOW(2.5)),
        ('kind = "LATE"\nseconds = 10', Fault.LATE(10)),
        (
            'kind = "LATE"\nseconds = 10\nthen = "DROP_AFTER"',
            Fault.LATE(10, Fault.DROP_AFTER),
        ),
        ('kind = "STATUS"\nstatus = 503', Fault.STATUS(503)),
        (
            'kind = "STATUS"\nstatus = 429\ncode = 420\nretry_after = 7',
            Fault.STATUS(429, "420", retry_after="7"),
        ),
        (
            'kind = "STATUS"\nstatus = 400\ncode = "10001"\nacts = true',
            Fault.STATUS(400, "10001", acts=True),
        ),
        (
            'kind = "STATUS"\nstatus = 503\nretry_after_date = 30',
            Fault.STATUS(503, retry_after_date=30),
        ),
        ('kind = "SLOW_BODY"\nseconds = 2', Fault.SLOW_BODY(2)),
        ('kind = "REFUSED"\nseconds = 2', Fault.REFUSED(2)),
        ('kind = "HUGE"\nblanks = 2000', Fault.HUGE(2000)),
        ('kind = "NESTED"\nlevels = 20', Fault.NESTED(20)),
        ('kind = "MISSING"\nnames = ["status"]', Fault.MISSING(["status"])),
        (
            'kind = "SHOWN"\nmembers = { status = "NEW", requestedTime = {} }',
            Fault.SHOWN({"status": "NEW", "requestedTime": None}),
        ),
        ('kind = "BODY"\nbody = "{}"', Fault.BODY(b"{}")),
        (
            'kind = "BODY"\nbody = "<a/>"\ncontent_type = "text/xml"\nstatus = 202\nacts = true',
            Fault.BODY(b"<a/>", "text/xml", 202, acts=True),
        ),
        (
            'kind = "REDIRECT"\nlocation = "https://example.com/"',
            Fault.REDIRECT("https://example.com/"),
        ),
    ],
)
def test_a_file_gives_a_fault_what_it_takes(file, lines, expected):
    """
    The other keys of a table are the arguments of its fault.
    """
    path = file(f'[[fault]]\noperation = "get_asset"\n{lines}')

    faults = Faults.load(path)

    assert expected == faults.take("get_asset")


def test_a_file_without_faults_plans_none(file):
    """
    An empty file plans no fault.
    """
    path = file("")

    faults = Faults.load(path)

    assert NONE == faults.take("get_asset")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[fault]", " is not valid TOML: "),
        ("[[faults]]", ": 'faults' is an unknown key; expected seed and [[fault]] tables"),
        ("seed = 1.5", ": seed: 1.5 is invalid; expected an integer"),
        ("seed = true", ": seed: True is invalid; expected an integer"),
        ("[fault]", ": 'fault' is not a list of tables; expected [[fault]] tables"),
        ("fault = [1]", ": 'fault' is not a list of tables; expected [[fault]] tables"),
    ],
)
def test_a_file_holds_tables_of_faults(file, text, complaint):
    """
    An invalid file is refused with its name and the reason.
    """
    path = file(text)

    with pytest.raises(InvalidFaults) as caught:
        Faults.load(path)

    assert str(caught.value).startswith(f"{path}{complaint}")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """
    The refusal of a file that cannot be read names it.
    """
    path = tmp_path / "absent.toml"

    with pytest.raises(InvalidFaults) as caught:
        Faults.load(path)

    assert f"{path}: No such file or directory" == str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    """
    A file that is not UTF-8 is not valid TOML.
    """
    path = tmp_path / "faults.toml"
    path.write_bytes(b"\xff")

    with pytest.raises(InvalidFaults, match="is not valid TOML"):
        Faults.load(path)


STATUS_500 = 'operation = "get_asset"\nkind = "STATUS"\nstatus = 500'


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ('kind = "HTML"', "operation: missing"),
        ('operation = "*"', "kind: missing"),
        (
            'operation = "get_assets"\nkind = "HTML"',
            "operation: 'get_assets' is not an operation id; similar: get_asset, list_assets, ",
        ),
        (
            'operation = "~"\nkind = "HTML"',
            "operation: '~' is not an operation id; expected one of *, ",
        ),
        (
            'operation = 1\nkind = "HTML"',
            "operation: 1 is not an operation id; expected one of *, ",
        ),
        (
            'operation = "*"\nkind = "HTLM"',
            "kind: 'HTLM' is invalid; expected one of DROP_BEFORE, ",
        ),
        ('operation = "*"\nkind = []', "kind: [] is invalid; expected one of DROP_BEFORE, "),
        (
            'operation = "*"\nkind = "SLOW"\nsecnds = 1',
            "secnds: unknown key; SLOW takes operation, kind, times, probability, seconds",
        ),
        (
            'operation = "*"\nkind = "HTML"\nstatus = 500',
            "status: unknown key; HTML takes operation, kind, times, probability",
        ),
        ('operation = "*"\nkind = "SLOW"', "seconds: missing; SLOW needs it"),
        (
            'operation = "*"\nkind = "SLOW"\nseconds = 0',
            "seconds: 0 is invalid; expected a number above 0, ",
        ),
        (
            'operation = "*"\nkind = "SLOW"\nseconds = true',
            "seconds: True is invalid; expected a number ",
        ),
        (
            'operation = "*"\nkind = "SLOW"\nseconds = nan',
            "seconds: nan is invalid; expected a number ",
        ),
        (
            'operation = "*"\nkind = "SLOW"\nseconds = inf',
            "seconds: inf is invalid; expected a number ",
        ),
        (
            'operation = "*"\nkind = "SLOW"\nseconds = "1"',
            "seconds: '1' is invalid; expected a number ",
        ),
        (
            'operation = "*"\nkind = "LATE"\nseconds = 1\nthen = "SLOW"',
            "then: 'SLOW' is invalid; expected one of DROP_BEFORE, ",
        ),
        (
            f"{STATUS_500}\ntimes = 0",
            'times: 0 is invalid; expected an integer from 1 up, or "always"',
        ),
        (f"{STATUS_500}\ntimes = 1.5", "times: 1.5 is invalid; expected an integer "),
        (f"{STATUS_500}\ntimes = true", "times: True is invalid; expected an integer "),
        (f'{STATUS_500}\ntimes = "never"', "times: 'never' is invalid; expected an integer "),
        (
            f"{STATUS_500}\nprobability = 0",
            "probability: 0 is invalid; expected a number above 0, up to 1",
        ),
        (f"{STATUS_500}\nprobability = 1.1", "probability: 1.1 is invalid; expected a number "),
        (f"{STATUS_500}\nprobability = true", "probability: True is invalid; expected a number "),
        (
            f"{STATUS_500}\nretry_after_date = 0",
            "retry_after_date: 0 is invalid; expected a number above 0, ",
        ),
        (
            'operation = "*"\nkind = "HUGE"\nblanks = 0',
            "blanks: 0 is invalid; expected an integer from 1 to ",
        ),
        (
            'operation = "*"\nkind = "HUGE"\nblanks = 1.5',
            "blanks: 1.5 is invalid; expected an integer ",
        ),
        (
            'operation = "*"\nkind = "NESTED"\nlevels = true',
            "levels: True is invalid; expected an integer ",
        ),
        (
            'operation = "*"\nkind = "MISSING"\nnames = "a"',
            "names: 'a' is invalid; expected a list of strings",
        ),
        (
            'operation = "*"\nkind = "MISSING"\nnames = [1]',
            "names: [1] is invalid; expected a list of strings",
        ),
        ('operation = "*"\nkind = "SHOWN"\nmembers = 1', "members: 1 is invalid; expected a table"),
        (
            'operation = "*"\nkind = "STATUS"\nstatus = 600',
            "status: 600 is invalid; expected an HTTP status from 200 to 599",
        ),
        (
            'operation = "*"\nkind = "STATUS"\nstatus = "500"',
            "status: '500' is invalid; expected an HTTP status ",
        ),
        (
            f"{STATUS_500}\ncode = true",
            "code: True is invalid; expected an ASCII string or an integer",
        ),
        (
            f'{STATUS_500}\nretry_after = "1\\r\\n"',
            "retry_after: '1\\r\\n' is invalid; expected an ASCII string",
        ),
        (f"{STATUS_500}\nacts = 1", "acts: 1 is invalid; expected true or false"),
        ('operation = "*"\nkind = "BODY"\nbody = 1', "body: 1 is invalid; expected a string"),
        (
            'operation = "*"\nkind = "BODY"\nbody = ""\ncontent_type = "html"',
            "content_type: 'html' is invalid; expected a media type such as text/html",
        ),
        (
            'operation = "*"\nkind = "BODY"\nbody = ""\ncontent_type = 1',
            "content_type: 1 is invalid; expected a media type such as text/html",
        ),
        (
            'operation = "*"\nkind = "REDIRECT"\nlocation = ""',
            "location: '' is invalid; expected an ASCII string",
        ),
    ],
)
def test_an_invalid_table_is_refused(file, lines, complaint):
    """
    The refusal names the file, the table by its number, and the key.
    """
    path = file(f"[[fault]]\n{STATUS_500}\n[[fault]]\n{lines}")

    with pytest.raises(InvalidFaults) as caught:
        Faults.load(path)

    assert str(caught.value).startswith(f"{path}, [[fault]] number 2, {complaint}")
