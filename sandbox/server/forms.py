"""The page's forms: the same steps as the API, but all fields are strings."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from sandbox.core import Sandbox
from sandbox.errors import SandboxError
from sandbox.wire.inputs import Inputs

from .api import Api
from .channel.messages import channel_message

NUMBERS = (
    "lines",
    "status",
    "times",
    "delay_seconds",
    "gap_seconds",
    "seconds",
    "minutes",
    "prep_time_minutes",
)
FLAGS = ("merchant", "is_active", "opted_in", "silent", "taken")


class PageForms:
    def __init__(self, sandbox: Sandbox, api: Api) -> None:
        self._sandbox = sandbox
        self._api = api
        self.token = secrets.token_urlsafe(24)

    def submit(self, action: str, fields: Mapping[str, str]) -> None:
        """Run the step and set the page's notice; raise only for a foreign form."""
        if not hmac.compare_digest(fields.get("token", "").encode(), self.token.encode()):
            raise SandboxError("This form is not from the running sandbox: reload it.", status=403)
        if action not in self._api.posts:
            raise SandboxError("There is no such step.", status=404)
        try:
            answer = self._api.posts[action](Inputs(_typed(fields)))
        except SandboxError as error:
            self._sandbox.state.notify(str(error), good=False)
            return
        message, good = _result_message(action, answer)
        self._sandbox.state.notify(message, good=good)


def _typed(fields: Mapping[str, str]) -> dict[str, Any]:
    """Convert fields to API values; an empty field counts as omitted."""
    typed: dict[str, Any] = {}
    for name, text in fields.items():
        value = text.strip() if name != "password" else text
        if name in FLAGS:
            typed[name] = value == "true"
        elif value and name != "token":
            typed[name] = _number(name, value) if name in NUMBERS else value
    return typed


def _number(name: str, text: str) -> int | float:
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        raise SandboxError(f"{name} must be a number.") from None


def _result_message(action: str, answer: Mapping[str, Any]) -> tuple[str, bool]:
    problems = answer.get("problems", [])
    if action.startswith("channel/"):
        return channel_message(action, answer)
    if action == "behaviour":
        times = answer["behaviour"]["times_left"]
        return f"The receiver misbehaves for the next {times} deliveries.", True
    if action == "events/switch-on":
        return "Stream Events are on again.", True
    if action.startswith("events"):
        return _queued_message(answer["queued"])
    message = f"{_TITLES[action]}: the POS answered {answer['status']}."
    good = not problems and answer.get("as_expected") is not False and answer["status"] < 500
    if answer.get("expectation"):
        verdict = "it was" if answer["as_expected"] else "it was not"
        message += f" It should be {answer['expectation']}, and {verdict}."
    if problems:
        message += f" {len(problems)} problems: {problems[0]}"
    return message, good


def _queued_message(queued: int) -> tuple[str, bool]:
    if not queued:
        return "Stream Events are switched off: nothing was sent.", False
    noun = "event is" if queued == 1 else "events are"
    return f"{queued} {noun} on the way to the handler.", True


_TITLES = {
    "connect": "Connect",
    "refresh": "Refresh",
    "locations": "Get Locations",
    "connection": "Location connection",
    "catalog": "Get Catalog",
    "orders": "Order",
    "orders/update": "Order update",
    "orders/cancel": "Order cancelation",
}
