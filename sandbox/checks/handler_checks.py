"""Check the answers of a handler of Stream Events (EV)."""

from __future__ import annotations

from sandbox.wire.findings import Findings, shown
from sandbox.wire.transport import Answer


def handler_problems(answer: Answer, *, is_forged: bool) -> tuple[str, ...]:
    """EV: 201 with a JSON string; 401 for a wrong signature; 503 only with Retry-After."""
    found = Findings("EV")
    if is_forged:
        found.need(
            answer.status == 401,
            f"the status for a wrong signature must be 401, but is {answer.status}.",
        )
    elif answer.status == 503:
        found.need(bool(answer.header("Retry-After")), "503 must come with Retry-After.")
    elif found.need(
        answer.status == 201, f"the status must be 201, but is {answer.status}."
    ) and not isinstance(answer.json, str):
        found.add(f"the answer must be a JSON string, but is {shown(answer.text)}.")
    return found.list()
