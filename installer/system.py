# SPDX-License-Identifier: GPL-3.0-or-later
"""What Limner wants from the operating system: Qt's libraries, a font, Potrace, room on the disk.

Imports `installer.report` only. On Linux the libraries are looked for by loading them, and come
from apt where this user may install; elsewhere Qt's wheels bring all they need.
"""

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from installer.report import SetupError, quoted, run_quietly, say, shell_line

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_SUFFIXES = {".ttf", ".otf", ".ttc", ".pfb"}


@dataclass(frozen=True)
class Want:
    """One thing wanted of a Linux system, and the packages that bring it.

    name: a library's soname, or a word for what is no library.
    apt, dnf, pacman: the package's name for each package manager.
    vital: Qt cannot be imported at all without it; the others cost a window system or a feature.
    """

    name: str
    apt: str
    dnf: str
    pacman: str
    vital: bool = False


# Read off the NEEDED entries of Qt's libraries and platform plugins in the PySide6 wheels.
LIBRARIES = (
    Want("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd", vital=True),
    Want("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd", vital=True),
    Want("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2", vital=True),
    Want("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig", vital=True),
    Want("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus", vital=True),
    Want("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon", vital=True),
    Want("libX11.so.6", "libx11-6", "libX11", "libx11", vital=True),
    Want("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb", "libx11"),
    Want("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    Want("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    Want("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    Want("libxcb-image.so.0", "libxcb-image0", "xcb-util-image", "xcb-util-image"),
    Want("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    Want(
        "libxcb-render-util.so.0",
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
    ),
    Want("libxcb-randr.so.0", "libxcb-randr0", "libxcb", "libxcb"),
    Want("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb"),
    Want("libxcb-shm.so.0", "libxcb-shm0", "libxcb", "libxcb"),
    Want("libxcb-sync.so.1", "libxcb-sync1", "libxcb", "libxcb"),
    Want("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb", "libxcb"),
    Want("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb", "libxcb"),
    Want("libwayland-client.so.0", "libwayland-client0", "libwayland-client", "wayland"),
    Want("libwayland-cursor.so.0", "libwayland-cursor0", "libwayland-cursor", "wayland"),
    Want("libwayland-egl.so.1", "libwayland-egl1", "libwayland-egl", "wayland"),
    Want("libpotrace.so.0", "libpotrace0", "potrace", "potrace"),
)
A_FONT = Want("a font", "fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu")


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def has_font(folders: Sequence[str] = FONT_FOLDERS) -> bool:
    """Whether there is any font file where fontconfig looks; without one Qt draws empty boxes."""
    return any(
        Path(name).suffix.lower() in FONT_SUFFIXES
        for folder in folders
        for _, _, names in os.walk(os.path.expanduser(folder))
        for name in names
    )


def missing(
    loads: Callable[[str], bool] = _loads, font: Callable[[], bool] = has_font
) -> list[Want]:
    """What this system lacks; empty on anything but Linux."""
    if not sys.platform.startswith("linux"):
        return []
    lacking = [want for want in LIBRARIES if not loads(want.name)]
    return lacking if font() else [*lacking, A_FONT]


def package_manager() -> str:
    """Which of apt, dnf and pacman this system has; "apt" where it has none of them."""
    programs = {"apt-get": "apt", "dnf": "dnf", "pacman": "pacman"}
    return next((name for program, name in programs.items() if shutil.which(program)), "apt")


def install_words(manager: str, packages: Sequence[str]) -> list[str]:
    """The command that installs these packages, without `sudo`."""
    start = {
        "apt": ["apt-get", "install", "-y", "--no-install-recommends"],
        "dnf": ["dnf", "install", "-y"],
        "pacman": ["pacman", "-S", "--needed", "--noconfirm"],
    }
    return [*start[manager], *packages]


def packages_for(wants: Sequence[Want], manager: str) -> list[str]:
    """The packages that bring what is wanted, each once, in the order of `wants`."""
    return list(dict.fromkeys(getattr(want, manager) for want in wants))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _rights() -> list[str] | None:
    """What to put before a command to run it as root without a question; None where we may not."""
    if _is_root():
        return []
    if shutil.which("sudo") and run_quietly(["sudo", "-n", "true"])[0] == 0:
        return ["sudo", "-n"]
    return None


def install_line(wants: Sequence[Want]) -> str:
    """The exact line with which the user installs what is wanted, `sudo` included where needed."""
    manager = package_manager()
    words = install_words(manager, packages_for(wants, manager))
    return shell_line(words if _is_root() else ["sudo", *words])


def provide(wants: Sequence[Want]) -> None:
    """Installs what is wanted with apt where this user may, and otherwise says how to.

    Never fails: whether Limner can do without is for the caller to see with `missing`.
    """
    if not wants:
        return
    names = ", ".join(want.name for want in wants)
    rights = _rights() if package_manager() == "apt" and shutil.which("apt-get") else None
    if rights is None:
        say(f"Not on this system: {names}")
        say(f"Install with: {install_line(wants)}")
        return
    packages = packages_for(wants, "apt")
    say(f"Installing {len(packages)} system package(s) with apt-get …")
    command = [*rights, "env", "DEBIAN_FRONTEND=noninteractive"]
    # A failed update is not the end: the lists that are there may do.
    run_quietly([*command, "apt-get", "update"])
    status, lines = run_quietly([*command, *install_words("apt", packages)])
    if status != 0:
        for line in quoted(lines):
            say(line)
        say(f"apt-get could not install: {names}")
        say(f"Try by hand: {shell_line(['apt-get', 'update'])} && {install_line(wants)}")


def require_vital(wants: Sequence[Want]) -> None:
    """Raises SetupError if a library is missing without which Qt cannot be imported."""
    vital = [want for want in wants if want.vital]
    if vital:
        names = ", ".join(want.name for want in vital)
        raise SetupError(f"Qt cannot start without {names}", f"run: {install_line(wants)}")


def require_room(folder: Path, mib: int) -> None:
    """Raises SetupError if `folder` cannot be written or there is too little room to install.

    mib: what must be free in `folder`, in MiB; a quarter of it in the temporary folder.
    """
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise SetupError(
            f"cannot write in {folder}: {error.strerror}",
            "put the checkout in a folder of your own, or give yourself the right to write there",
        ) from error
    try:
        temporary = Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise SetupError(
            "no temporary folder can be written", "free some room, or set TMPDIR to such a folder"
        ) from error
    for place, wanted, remedy in (
        (folder, mib, f"free {mib} MiB there, or put the checkout on a larger disk"),
        (temporary, mib // 4, "free some room there, or set TMPDIR to a folder with more"),
    ):
        free = shutil.disk_usage(place).free // 2**20
        if free < wanted:
            raise SetupError(
                f"only {free} MiB are free in {place}, and installing takes up to {wanted} MiB",
                remedy,
            )
