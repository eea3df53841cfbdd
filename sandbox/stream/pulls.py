"""Pull locations, their connections and catalogs from the POS (LOC, CON, CAT)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.checks.catalog_checks import catalog_problems
from sandbox.checks.connection_checks import connection_problems, location_problems
from sandbox.errors import SandboxError
from sandbox.records import PulledCatalog
from sandbox.state import State, now_ms
from sandbox.wire.client import PosClient
from sandbox.wire.findings import rows
from sandbox.wire.transport import Answer


class Pulls:
    """Any answer of the POS is a result, whatever its status; only a missing one is an error."""

    def __init__(self, client: PosClient, state: State) -> None:
        self._client = client
        self._state = state

    def locations(self, merchant_id: str | None) -> dict[str, Any]:
        known = self._state.connection(merchant_id)
        answer = self._client.locations(known.access_token)
        body = answer.json if answer.status == 200 and isinstance(answer.json, dict) else {}
        locations = tuple(rows(body.get("locations")))
        if answer.status == 200:
            self._state.keep_locations(known.merchant_id, locations)
        return {
            "merchant_id": known.merchant_id,
            "locations": list(locations),
            **_result(answer, location_problems(answer)),
        }

    def connection(self, merchant_id: str | None, location_id: str, method: str) -> dict[str, Any]:
        known = self._state.connection(merchant_id)
        answer = self._client.connection(known.access_token, method, location_id)
        body = answer.json if isinstance(answer.json, dict) else {}
        connected = body.get("connected") if answer.status == 200 else None
        if isinstance(connected, bool):
            self._state.keep_location_connection(known.merchant_id, location_id, connected)
        return {
            "merchant_id": known.merchant_id,
            "location_id": location_id,
            "method": method,
            "connected": connected,
            **_result(answer, connection_problems(answer, location_id, method)),
        }

    def catalog(self, merchant_id: str | None, location_id: str) -> dict[str, Any]:
        """Pull the catalog of a location, or with "" the global one, sending the last ETag."""
        known = self._state.connection(merchant_id)
        previous = known.catalogs.get(location_id)
        etag = previous.etag if previous is not None else ""
        answer = self._client.catalog(
            known.access_token,
            location_id=location_id,
            merchant_id="" if location_id else known.merchant_id,
            etag=etag,
        )
        problems = catalog_problems(answer, sent_etag=etag)
        pulled = _pulled(answer, location_id, previous, problems)
        if pulled is not None:
            self._state.keep_catalog(known.merchant_id, pulled)
        return {
            "merchant_id": known.merchant_id,
            "location_id": location_id or None,
            "etag": answer.header("ETag") or etag,
            "sent_etag": etag or None,
            "bytes": len(answer.body),
            "wire_bytes": answer.wire_bytes,
            "encoding": answer.header("Content-Encoding") or "identity",
            "counts": pulled.counts() if pulled is not None else {},
            "answer": None if answer.status in (200, 304) else answer.json,
            **_result(answer, problems),
        }

    def last_catalog(self, merchant_id: str | None, location_id: str) -> PulledCatalog:
        known = self._state.connection(merchant_id)
        if location_id not in known.catalogs:
            raise SandboxError(
                "This catalog has not been pulled yet: pull it first (POST /api/catalog).",
                status=404,
            )
        return known.catalogs[location_id]


def _pulled(
    answer: Answer, key: str, previous: PulledCatalog | None, problems: tuple[str, ...]
) -> PulledCatalog | None:
    if answer.status == 304 and previous is not None:
        return replace(previous, last_status=304, pulled_at=now_ms())
    content = answer.json if answer.status == 200 else None
    if not isinstance(content, dict):
        return previous
    return PulledCatalog(
        key=key,
        etag=answer.header("ETag"),
        raw=answer.body,
        content=content,
        wire_bytes=answer.wire_bytes,
        pulled_at=now_ms(),
        last_status=answer.status,
        problems=problems,
    )


def _result(answer: Answer, problems: tuple[str, ...]) -> dict[str, Any]:
    return {
        "status": answer.status,
        "milliseconds": answer.milliseconds,
        "problems": list(problems),
    }
