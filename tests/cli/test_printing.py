import json

import pytest

from mediaintel_async.cli.output.printing import first_words, print_error, print_json, printable


@pytest.mark.parametrize(
    ("scenes", "expected"),
    [
        ([], ""),
        ([{"sceneId": 1}], ""),
        ([{"a": "short", "b": "the longer\n text", "c": 123456789012345678}], "the longer text"),
    ],
)
def test_first_words_need_no_field_names(scenes, expected):
    """
    The words of the first scene are its longest text, whatever the field is called.
    """
    assert expected == first_words(scenes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("two\nlines\r\n", "two lines"),
        ("\x1b[31mred\x07", "[31mred"),
        ("\u202eright to left", "right to left"),
        ("장면 1", "장면 1"),
        (5678, "5678"),
    ],
)
def test_control_characters_are_not_printable(text, expected):
    """
    Text of the service is printed as one line without control characters.
    """
    assert expected == printable(text)


def test_a_line_of_errors(capsys):
    """
    `print_error()` prints one line on standard error.
    """
    print_error("two\nlines")

    assert ("", "two lines\n") == capsys.readouterr()


def test_json_fits_every_encoding(capsys):
    """
    A line of JSON is ASCII, whatever the words.
    """
    print_json({"words": "장면\n1"})

    line = capsys.readouterr().out
    assert line.isascii()
    assert 1 == line.count("\n")
    assert {"words": "장면\n1"} == json.loads(line)
