"""The one exception that carries a sentence for the person at the other end."""

from __future__ import annotations

from typing import Any


class SandboxError(Exception):
    """A step cannot be done; `status` is the HTTP status of the sandbox's own answer."""

    def __init__(self, sentence: str, *, status: int = 400, **details: Any) -> None:
        super().__init__(sentence)
        self.status = status
        self.details = details

    def as_json(self) -> dict[str, Any]:
        return {"error": str(self), **self.details}
