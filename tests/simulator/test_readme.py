"""The examples of the simulator's README."""

import re
from pathlib import Path

import pytest
from users_pytest import pytest_of_a_user

import mediaintel_async

README = (Path(mediaintel_async.__file__).parent / "simulator" / "README.md").read_text("utf-8")


@pytest.mark.parametrize("test", re.findall(r"```py\n(.*?)```", README, re.DOTALL))
def test_the_examples_of_tests_pass(tmp_path, test):
    """
    Each test in the README passes in a pytest run of a user.
    """
    done = pytest_of_a_user(tmp_path, test)

    assert "1 passed" in done.stdout, done.stdout + done.stderr
