"""Runs `killed_client.py`, which kills itself after a number of lines."""

import asyncio
import sys
from pathlib import Path

CHILD = Path(__file__).with_name("killed_client.py")
NEVER = 10**9
"""More lines than any client runs through."""


async def live(url, lines, mode):
    """Run the client for so many lines; return the tokens, and the lines that it lived."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(CHILD), url, str(lines), mode, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    printed = out.decode().split()
    if child.returncode == 0:
        return printed[:-1], int(printed[-1])
    return printed, lines
