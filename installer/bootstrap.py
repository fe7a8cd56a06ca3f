# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts Limner or runs its tests from a bare checkout: `python3 installer/bootstrap.py run|test`.

Old Pythons must be able to read this file, so that they can say that they are too old: no syntax
newer than Python 3.6 here, and nothing imported from the modules beside it before the check.
"""

import os
import shutil
import sys

OLDEST = (3, 11)
NEWER_NAMES = ["python3.%d" % minor for minor in range(14, 10, -1)]


def too_old(version: tuple, newer: "str | None") -> "str | None":
    """What to tell the user of a Python of this version, or None where it is new enough.

    `version` is (major, minor, ...); `newer` is the name of a Python that would do, if one is here.
    """
    if tuple(version[:2]) >= OLDEST:
        return None
    message = "Error: Limner needs Python %d.%d or newer; this is Python %d.%d.\n" % (
        OLDEST + tuple(version[:2])
    )
    if newer:
        return message + "Remedy: start it with %s instead of this Python.\n" % newer
    return message + "Remedy: install Python 3.11 or newer, then start this file with it.\n"


def main() -> int:
    """Hands over to `installer.commands` if this Python is new enough; returns the exit status."""
    newer = next((name for name in NEWER_NAMES if shutil.which(name)), None)
    message = too_old(tuple(sys.version_info), newer)
    if message:
        sys.stderr.write(message)
        return 1
    # The checkout's root instead of installer/, which must not shadow the standard library.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from installer.commands import main as run_command

    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
