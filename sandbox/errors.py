"""The exception whose message is shown to the user."""

from __future__ import annotations

from typing import Any


class SandboxError(Exception):
    """A step failed; `status` is the HTTP status of the sandbox's own answer."""

    def __init__(self, message: str, *, status: int = 400, **details: Any) -> None:
        super().__init__(message)
        self.status = status
        self.details = details

    def as_json(self) -> dict[str, Any]:
        return {"error": str(self), **self.details}
