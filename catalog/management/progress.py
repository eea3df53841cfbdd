"""A progress bar in the terminal."""

from typing import Any

_WIDTH = 40


class Bar:
    """A progress bar on one line of `stream`, drawn only if that is a terminal."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream if stream.isatty() else None
        self._percent = -1

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        if self._stream is None or percent == self._percent:
            return
        self._percent = percent
        filled = _WIDTH * percent // 100
        self._stream.write(f"\r[{'#' * filled:<{_WIDTH}}] {percent:3} %", ending="")
        self._stream.flush()

    def clear(self) -> None:
        """Clear the line for the next output."""
        if self._stream is not None and self._percent >= 0:
            self._stream.write(f"\r{' ' * (_WIDTH + 8)}\r", ending="")
            self._stream.flush()
