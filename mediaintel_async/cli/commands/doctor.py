"""`mediaintel doctor`: its arguments."""

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl


def doctor(*, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Check keys, address, network, clock and permission, and say how to fix each.

    Exit code 0: all checks passed. 2: keys or address are missing or malformed. 1: another
    check failed. It starts nothing, and prints no key.
    """
    actions.diagnose(base_url, as_json=as_json)
