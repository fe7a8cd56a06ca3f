# SPDX-License-Identifier: GPL-3.0-or-later
"""The isolated Python environment in the checkout's `.venv`: made, repaired, and known to be ready.

Imports `installer.report` and `installer.system`. Two files in `.venv` tell its state: the stamp,
written last, says what was installed for which machine; the mark, written first and removed after
the stamp, betrays an install that was cut short.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from installer import system
from installer.report import SetupError, run_quietly, say

STAMP = "limner-stamp.json"
MARK = "limner-installing"
# Measured: the app's packages take 720 MiB, those for tests and training (with torch's build for
# CPUs) 1 060 more; the rest is for downloads.
ROOM_MIB = 1200
ROOM_MIB_EXTRAS = 2400
ROOM_MIB_UPDATE = 200


@dataclass(frozen=True)
class Stamp:
    """What an environment was made of: it is as good as new while all of this stays the same.

    root: the checkout, as the packages' own files point there.
    python, platform: the interpreter's ABI ("cpython-311") and the machine ("linux-x86_64").
    project: SHA-256 of pyproject.toml, in hex.
    extras: the optional dependencies installed, sorted.
    """

    root: str
    python: str
    platform: str
    project: str
    extras: tuple[str, ...]

    def serves(self, wanted: "Stamp") -> bool:
        """Whether an environment with this stamp can be used where `wanted` is asked for."""
        return (
            self.fits_machine(wanted)
            and self.project == wanted.project
            and set(self.extras) >= set(wanted.extras)
        )

    def fits_machine(self, wanted: "Stamp") -> bool:
        """Whether packages can be added to that environment instead of making a new one."""
        return (self.root, self.python, self.platform) == (
            wanted.root,
            wanted.python,
            wanted.platform,
        )


def wanted_stamp(root: Path, extras: Sequence[str]) -> Stamp:
    """The stamp that the environment of the checkout at `root` should have, for this Python.

    Raises SetupError if pyproject.toml cannot be read.
    """
    try:
        project = hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest()
    except OSError as error:
        raise SetupError(
            f"cannot read {root / 'pyproject.toml'}: {error.strerror}",
            "fetch the whole of Limner's source again",
        ) from error
    return Stamp(
        root=str(root.resolve()),
        python=sys.implementation.cache_tag or sys.version,
        platform=sysconfig.get_platform(),
        project=project,
        extras=tuple(sorted(extras)),
    )


def read_stamp(venv: Path) -> Stamp | None:
    """The stamp of an environment, or None where it has none that can be read."""
    try:
        values = json.loads((venv / STAMP).read_text(encoding="utf-8"))
        return Stamp(**{**values, "extras": tuple(values["extras"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_stamp(venv: Path, stamp: Stamp) -> None:
    """Writes the stamp in one step, so that it is never half there."""
    temporary = venv / (STAMP + ".new")
    temporary.write_text(json.dumps(asdict(stamp), indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, venv / STAMP)


def python_of(venv: Path) -> Path:
    """The environment's Python."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_usable(venv: Path) -> bool:
    """Whether the environment's Python starts, has pip, and is of this Python's version."""
    code = "import sys, pip; print('abi', sys.implementation.cache_tag)"
    status, lines = run_quietly([python_of(venv), "-c", code])
    return status == 0 and lines[-1:] == [f"abi {sys.implementation.cache_tag}"]


def ensure(root: Path, extras: Sequence[str], folder: str = ".venv") -> bool:
    """Makes the environment in `folder` ready with these extras; returns whether it had to install.

    Raises SetupError, with the environment marked as unfinished, if that fails.
    """
    venv = root / folder
    wanted = wanted_stamp(root, extras)
    present = read_stamp(venv)
    ready = (
        present is not None
        and present.serves(wanted)
        and not (venv / MARK).exists()
        and os.access(python_of(venv), os.X_OK)
    )
    if not ready:
        system.require_room(root, _room(present, wanted))
    lacking = system.missing()
    if not ready or any(want.vital for want in lacking):
        system.provide(lacking if ready else _with_venv_package(lacking))
        lacking = system.missing()
    if not ready:
        _install(venv, wanted, present)
    system.require_vital(lacking)
    return not ready


def _room(present: Stamp | None, wanted: Stamp) -> int:
    """The MiB that an install may take at most."""
    if present is not None and present.fits_machine(wanted):
        return ROOM_MIB_EXTRAS if set(wanted.extras) - set(present.extras) else ROOM_MIB_UPDATE
    return ROOM_MIB + (ROOM_MIB_EXTRAS if wanted.extras else 0)


def _with_venv_package(lacking: Sequence[system.Want]) -> list[system.Want]:
    """Adds Debian's package of venv where this Python lacks it."""
    if can_make_environments() or system.package_manager() != "apt":
        return list(lacking)
    package = f"python3.{sys.version_info.minor}-venv"
    return [*lacking, system.Want("Python's venv", package, "python3", "python")]


def can_make_environments() -> bool:
    """Whether this Python brings what `venv` needs; Debian packs it separately."""
    importlib.invalidate_caches()
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def _install(venv: Path, wanted: Stamp, present: Stamp | None) -> None:
    reuse = (
        not (venv / MARK).exists()
        and (present is None or present.fits_machine(wanted))
        and is_usable(venv)
    )
    if not reuse:
        _remake(venv)
    (venv / MARK).touch()
    (venv / STAMP).unlink(missing_ok=True)
    # What was there stays there: an environment for tests goes on serving the app.
    kept = set(present.extras) if reuse and present else set()
    extras = tuple(sorted(kept | set(wanted.extras)))
    _install_packages(venv, Path(wanted.root), extras)
    write_stamp(venv, Stamp(**{**asdict(wanted), "extras": extras}))
    (venv / MARK).unlink()


def _remake(venv: Path) -> None:
    if Path(sys.prefix).resolve() == venv.resolve() and sys.prefix != sys.base_prefix:
        raise SetupError(
            f"the environment in {venv} has to be made anew, and this Python is its own",
            "run the same command with the system's python3",
        )
    try:
        if venv.is_symlink() or venv.is_file():
            venv.unlink()
        elif venv.exists():
            say("The environment in .venv is unfinished or from another Python: making it anew.")
            shutil.rmtree(venv)
    except OSError as error:
        raise SetupError(
            f"cannot remove {error.filename or venv}: {error.strerror}",
            f"remove the folder {venv} by hand and try again",
        ) from error
    say(f"Making an environment in {venv} …")
    if can_make_environments():
        status, lines = run_quietly([sys.executable, "-m", "venv", venv])
    else:
        # pip, where it is here, can put itself into an environment that was made without.
        status, lines = run_quietly([sys.executable, "-m", "venv", "--without-pip", venv])
        if status == 0:
            put = ["-m", "pip", "--python", str(python_of(venv)), "install", "--no-input", "pip"]
            status, lines = run_quietly([sys.executable, *put])
    if status != 0:
        shutil.rmtree(venv, ignore_errors=True)
        raise SetupError("this Python cannot make an isolated environment", _venv_remedy(), lines)


def _venv_remedy() -> str:
    if can_make_environments():
        return "see the lines above; a Python from python.org or the system's own will do"
    if system.package_manager() == "apt":
        return "run: " + system.install_line(_with_venv_package(system.missing()))
    return "install Python's venv and ensurepip modules and try again"


def _install_packages(venv: Path, root: Path, extras: Sequence[str]) -> None:
    """Installs the project, editable, with its dependencies. Raises SetupError if pip fails."""
    target = "." + (f"[{','.join(extras)}]" if extras else "")
    say("Installing Python packages; the first time this downloads some hundred MiB …")
    pip = [str(python_of(venv)), "-m", "pip", "--no-input", "--disable-pip-version-check"]
    command = [*pip, "install", "--progress-bar=off", "--retries=3", "--editable", target]
    status, lines = run_quietly(command, cwd=root, on_line=_tell_progress)
    if status != 0:
        raise explain_pip(lines)


def _tell_progress(line: str) -> None:
    download = re.match(r"\s*Downloading (.+?)-\d\S* \((\d+\.?\d* [MG]B)\)", line)
    if download:
        say(f"  downloading {download[1].replace('_', '-')} ({download[2]})")
    elif line.startswith("Installing collected packages:"):
        say(f"  packages to unpack: {line.count(',') + 1}")


_PIP_FAILURES = (
    (r"No space left on device|Errno 28", "the disk is full", "free some GiB and try again"),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "the package index could not be trusted: its certificate does not check out",
        "install the package ca-certificates, set the clock, or name your network's certificate "
        "in PIP_CERT",
    ),
    (
        r"name resolution|Name or service not known|getaddrinfo|NewConnectionError"
        r"|Failed to establish|[Uu]nreachable|[Tt]imed out|ConnectTimeout|Connection refused"
        r"|Connection reset|ConnectionError|ProxyError|No route to host",
        "the package index could not be reached",
        "connect to the network (or set HTTPS_PROXY to your proxy) and try again",
    ),
    (
        r"No matching distribution|requires a different Python|not a supported wheel",
        "a package that Limner needs is not to be had for this Python on this machine",
        "use Python 3.11, 3.12 or 3.13 on Linux, macOS or Windows, 64 bit",
    ),
    (
        r"Permission denied|Errno 13|Read-only file system",
        "pip may not write where it must",
        "give yourself the right to write in the checkout and in the temporary folder",
    ),
)


def explain_pip(lines: Sequence[str]) -> SetupError:
    """The problem behind pip's last lines."""
    text = "\n".join(lines)
    for pattern, message, remedy in _PIP_FAILURES:
        if re.search(pattern, text):
            return SetupError(message, remedy, lines)
    return SetupError("pip could not install Limner's packages", "see pip's lines above", lines)
