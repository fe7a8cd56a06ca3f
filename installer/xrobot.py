# SPDX-License-Identifier: GPL-3.0-or-later
"""An X server without a screen, and hands on its pointer and keyboard: XTEST's synthetic events.

Programs cannot tell these events from those of a real mouse.  Imports python-xlib.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from Xlib import XK, X, display
from Xlib.error import BadWindow
from Xlib.ext import xtest
from Xlib.xobject.drawable import Window

KEYSYMS = {"Ctrl": XK.XK_Control_L, "Shift": XK.XK_Shift_L, "Alt": XK.XK_Alt_L}


class NoWindowError(Exception):
    """A window did not appear in the time it was given."""


@contextmanager
def x_server(width: int = 1440, height: int = 900) -> Iterator[str]:
    """Runs Xvfb on a free display; gives its name, such as ":7".

    Raises:
        FileNotFoundError: Xvfb is not installed.
    """
    read, write = os.pipe()
    screen = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
    command = ["Xvfb", "-displayfd", str(write), *screen]
    with subprocess.Popen(
        command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        try:
            with os.fdopen(read) as pipe:
                yield ":" + pipe.readline().strip()
        finally:
            server.terminate()


class Robot:
    """Looks at the windows of a display, moves its pointer and types."""

    def __init__(self, name: str) -> None:
        self.display = display.Display(name)
        self.root = self.display.screen().root

    def wait_for_window(self, wm_class: str, seconds: float) -> Window:
        """The first visible window whose WM_CLASS holds `wm_class` and that is no small one.

        Raises:
            NoWindowError: there was none in time.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for window in self._windows(self.root):
                if self._is(window, wm_class):
                    # No window manager runs here that would give it the keyboard.
                    window.set_input_focus(X.RevertToParent, X.CurrentTime)
                    self.display.sync()
                    return window
            time.sleep(0.01)
        raise NoWindowError(f"no window of {wm_class} within {seconds:g} s")

    def rectangle(self, window: Window) -> tuple[int, int, int, int]:
        """x, y, width, height of a window on the screen."""
        size = window.get_geometry()
        corner = window.translate_coords(self.root, 0, 0)
        return -corner.x, -corner.y, size.width, size.height

    def drag(self, points: Sequence[tuple[int, int]], pause: float = 0.01) -> None:
        """Presses the first button at the first point, moves along, lets go at the last."""
        self._move(*points[0])
        time.sleep(pause)
        self._send(X.ButtonPress, 1)
        for point in points:
            self._move(*point)
            time.sleep(pause)
        self._send(X.ButtonRelease, 1)
        time.sleep(pause)

    def type(self, keys: str) -> None:
        """Presses a key as Qt writes it: "J", "Ctrl+S", "Shift+Tab"."""
        *modifiers, last = keys.split("+")
        symbol = XK.string_to_keysym(last if len(last) > 1 else last.lower())
        codes = [KEYSYMS[word] for word in modifiers] + [symbol]
        keycodes = [self.display.keysym_to_keycode(code) for code in codes]
        for code in keycodes:
            self._send(X.KeyPress, code)
        for code in reversed(keycodes):
            self._send(X.KeyRelease, code)
        time.sleep(0.05)

    def picture(self, rectangle: tuple[int, int, int, int]) -> bytes:
        """What a part of the screen shows: BGRX bytes, row by row."""
        data = self.root.get_image(*rectangle, X.ZPixmap, 0xFFFFFFFF).data
        return data if isinstance(data, bytes) else data.encode("latin-1")

    def close(self) -> None:
        """Leave the display."""
        self.display.close()

    def _is(self, window: Window, wm_class: str) -> bool:
        try:
            names = window.get_wm_class() or ()
            visible = window.get_attributes().map_state == X.IsViewable
            large = window.get_geometry().width > 300
        except BadWindow:  # gone since it was listed
            return False
        return visible and large and any(wm_class in name.lower() for name in names)

    def _windows(self, window: Window) -> Iterator[Window]:
        try:
            children = window.query_tree().children
        except BadWindow:
            return
        for child in children:
            yield child
            yield from self._windows(child)

    def _move(self, x: int, y: int) -> None:
        xtest.fake_input(self.display, X.MotionNotify, x=x, y=y)
        self.display.sync()

    def _send(self, kind: int, detail: int) -> None:
        xtest.fake_input(self.display, kind, detail)
        self.display.sync()
