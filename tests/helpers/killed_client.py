"""A client in a process of its own that kills itself, as by kill -9, at a given line.

Arguments: address, lines of the library to live for, then `reuse`, `anew`, `object`, which
begins with a file of a bucket, or `checkpoint`, which keeps what `checkpoint=` gets. Prints each
token it is given, one a line, and in the end how many lines it lived.
"""

import asyncio
import os
import signal
import sys

from mediaintel_async import AssetRef, Credentials, MediaIntelligence, ProjectRef
from mediaintel_async.clock import FastClock

WATCHED = ("/jobs/", "/http/transport.py", "/http/signing.py")


def tell(status):
    """Print the token at once: what follows may be the end."""
    os.write(1, f"{status.token}\n".encode())


async def save(token):
    """Keep the token, as a durable store would."""
    os.write(1, f"{token}\n".encode())


async def summarize(url, mode):
    """Do what a user's script does."""
    keys = Credentials("sim-access-key", "sim-secret-key")
    async with MediaIntelligence(keys, base_url=url, clock=FastClock(1000)) as client:
        if mode == "object":
            project = ProjectRef("w", 1)
            await client.summarize_object(project, bucket="b", key="k.mp4", on_progress=tell)
        elif mode == "checkpoint":
            await client.summarize(AssetRef("w", 1, 2), checkpoint=save)
        else:
            await client.summarize(AssetRef("w", 1, 2), reuse=mode == "reuse", on_progress=tell)


def main():
    """Run until the given line."""
    url, lines_to_live, mode = sys.argv[1:]
    lived = 0

    def count(_frame, event, _argument):
        nonlocal lived
        if event == "line":
            lived += 1
            if lived == int(lines_to_live):
                os.kill(os.getpid(), signal.SIGKILL)
        return count

    def choose(frame, _event, _argument):
        name = frame.f_code.co_filename
        is_ours = "mediaintel_async" in name and any(one in name for one in WATCHED)
        return count if is_ours else None

    sys.settrace(choose)
    try:
        asyncio.run(summarize(url, mode))
    finally:
        sys.settrace(None)
        os.write(1, f"{lived}\n".encode())


if __name__ == "__main__":
    main()
