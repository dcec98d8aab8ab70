"""A pytest run as a user would make it, with settings of its own."""

import os
import subprocess
import sys

SETTINGS = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"


def pytest_of_a_user(folder, test, *arguments):
    """Run a user's pytest in *folder*."""
    (folder / "pytest.ini").write_text(SETTINGS)
    (folder / "test_users.py").write_text(test)
    environment = {key: value for key, value in os.environ.items() if "COV" not in key}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
