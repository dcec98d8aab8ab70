"""`mediaintel doctor`: what stands between this machine and the service."""

from mediaintel_async.cli.commands.options import AsJson, BaseUrl


def doctor(*, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Check keys, address, network, clock and permission, and say what to do about each.

    Exits with 0 if all is well, with 2 where keys or address are missing or make no sense,
    else with 1. It starts nothing, and shows no key.
    """
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.doctor import diagnose

    diagnose(base_url, as_json=as_json)
