"""Stream's side of OAuth in both roles: obtain and refresh a merchant's tokens (AUTH, TOK)."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import replace
from typing import Any, Protocol

from sandbox.accounts import Accounts
from sandbox.checks.connection_checks import TokenForm, refresh_problems, token_problems
from sandbox.errors import SandboxError
from sandbox.records import Connection
from sandbox.state import now_ms
from sandbox.wire.findings import is_whole, shown
from sandbox.wire.transport import Answer

from .browser import Browser

PENDING_SECONDS = 600
MAX_PENDING = 100


class TokenClient(Protocol):
    """A role's requests for tokens."""

    def authorize_url(self, state: str) -> str: ...

    def exchange(self, code: str) -> Answer: ...

    def refresh(self, refresh_token: str) -> Answer: ...


class Authorization:
    """The authorizations of one role, kept in its accounts."""

    def __init__(
        self, redirect_uri: str, client: TokenClient, accounts: Accounts, form: TokenForm
    ) -> None:
        self._redirect_uri = redirect_uri
        self._client = client
        self._accounts = accounts
        self._form = form
        self._lock = threading.Lock()
        self._pending: dict[str, float] = {}

    def connect(self, email: str, password: str) -> dict[str, Any]:
        """Go through the POS's real pages as the merchant with these credentials."""
        state = secrets.token_urlsafe(24)
        browser = Browser(self._redirect_uri, email, password)
        outcome = browser.authorize(self._client.authorize_url(state))
        if outcome.error or not outcome.code:
            raise SandboxError(
                f"The POS sent the merchant back without a code: {shown(outcome.error)}.",
                status=502,
                steps=outcome.steps,
            )
        if outcome.state != state:
            raise SandboxError(
                "The POS did not return the state it was sent.", status=502, steps=outcome.steps
            )
        try:
            summary = self._exchange(outcome.code, email)
        except SandboxError as error:
            error.details["steps"] = outcome.steps
            raise
        steps = [*outcome.steps, "Exchanged the code for tokens."]
        return {**summary, "steps": steps, "problems": [*outcome.problems, *summary["problems"]]}

    def begin(self) -> tuple[str, str]:
        """Start a sign-in in the user's browser; return the state to remember and the URL."""
        state = secrets.token_urlsafe(24)
        with self._lock:
            self._pending[state] = time.monotonic() + PENDING_SECONDS
            while len(self._pending) > MAX_PENDING:
                del self._pending[next(iter(self._pending))]
        return state, self._client.authorize_url(state)

    def finish(self, state: str, code: str, error: str) -> dict[str, Any]:
        """Handle the callback of `begin`; a state is valid once, for ten minutes."""
        with self._lock:
            deadline = self._pending.pop(state, 0.0)
        if time.monotonic() > deadline:
            raise SandboxError("This sign-in was not started here or has expired: start again.")
        if error or not code:
            raise SandboxError(f"The POS sent no code: {shown(error or 'no reason given')}.")
        return self._exchange(code)

    def refresh(self, merchant_id: str | None) -> dict[str, Any]:
        known = self._accounts.connection(merchant_id)
        answer = self._client.refresh(known.refresh_token)
        problems = refresh_problems(
            answer,
            self._form,
            now=now_ms(),
            merchant_id=known.merchant_id,
            old_refresh_token=known.refresh_token,
        )
        fresh = _connection(answer, problems)
        changed = self._accounts.change_connection(
            known.merchant_id,
            lambda current: replace(
                current,
                access_token=fresh.access_token,
                refresh_token=fresh.refresh_token,
                scopes=fresh.scopes,
                expire_time=fresh.expire_time,
                refresh_token_expire_time=fresh.refresh_token_expire_time,
                refreshed_at=fresh.connected_at,
                problems=problems,
            ),
        )
        return _summary(changed, answer)

    def _exchange(self, code: str, email: str = "") -> dict[str, Any]:
        answer = self._client.exchange(code)
        connection = _connection(answer, token_problems(answer, self._form, now=now_ms()))
        if not connection.email:
            connection = replace(connection, email=email)
        self._accounts.add_connection(connection)
        return _summary(connection, answer)


def _connection(answer: Answer, problems: tuple[str, ...]) -> Connection:
    """Build a connection from a token answer, even a faulty one; SandboxError if unusable."""
    body = answer.json if isinstance(answer.json, dict) else {}
    access, merchant_id = body.get("access_token"), body.get("id")
    usable = isinstance(access, str) and access and isinstance(merchant_id, str) and merchant_id
    if not 200 <= answer.status < 300 or not usable:
        reason = " ".join(str(body[key]) for key in ("error", "error_description") if key in body)
        raise SandboxError(
            f"The POS returned no tokens: status {answer.status} {reason}".rstrip() + ".",
            status=502,
            problems=list(problems),
        )
    return Connection(
        merchant_id=str(merchant_id),
        access_token=str(access),
        refresh_token=str(body.get("refresh_token") or ""),
        scopes=tuple(str(body.get("scope") or "").split()),
        expire_time=_instant(body, "expire_time"),
        refresh_token_expire_time=_instant(body, "refresh_token_expire_time"),
        email=str(body.get("email") or ""),
        connected_at=now_ms(),
        problems=problems,
    )


def _instant(body: dict[str, Any], key: str) -> int:
    value = body.get(key)
    return value if is_whole(value) else 0


def _summary(connection: Connection, answer: Answer) -> dict[str, Any]:
    return {
        "merchant_id": connection.merchant_id,
        "email": connection.email,
        "scopes": list(connection.scopes),
        "expire_time": connection.expire_time,
        "refresh_token_expire_time": connection.refresh_token_expire_time,
        "status": answer.status,
        "problems": list(connection.problems),
    }
