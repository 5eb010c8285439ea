"""Becomes the broker named on its command line, after asking the system to end it with its parent.

Run by path in a bare interpreter (`python -I launch.py PARENT COMMAND...`), so it imports the
standard library only. On Linux the request survives `exec`, so the broker's pid is the one that
was started; elsewhere the broker is ended by its context manager alone.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the request was heard
        sys.exit(1)


if __name__ == "__main__":
    if sys.platform == "linux":
        _die_with(int(sys.argv[1]))
    # the arguments are those of our own caller
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606
