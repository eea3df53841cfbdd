"""Publish menus, switch single objects and pause stores (DSP-EV-PUBLISH, -UPDATE, -PAUSE)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sandbox.checks.connection_checks import connection_problems
from sandbox.config import SandboxConfig
from sandbox.state import now_ms
from sandbox.wire.channel_client import ChannelClient
from sandbox.wire.findings import is_whole

from .lanes import Lanes
from .menus.files import MenuFiles
from .outbox import Event, Outbox, event, outcome
from .records import Edition, MenuFile, Store
from .state import ChannelState

WAIT_SECONDS = 90.0
NOT_FOUND = 404
_ARRAYS = {"item_family": "items", "item": "variations", "modifier": "modifiers"}
Answer = dict[str, Any]


class Publisher:
    """Steps of a whole store, which run in its lane one after the other."""

    def __init__(
        self,
        config: SandboxConfig,
        client: ChannelClient,
        outbox: Outbox,
        state: ChannelState,
        files: MenuFiles,
        lanes: Lanes,
    ) -> None:
        self._config = config
        self._client = client
        self._outbox = outbox
        self._state = state
        self._files = files
        self._lanes = lanes
        self._lock = threading.Lock()
        self._planned: set[str] = set()

    def publish(self, store_id: str, edition: Edition) -> Answer:
        """Publish a store's menu and return when that is done."""
        self._state.store(store_id)
        return self._lanes.call(
            _lane(store_id), lambda: self._publish(store_id, edition), seconds=WAIT_SECONDS
        )

    def publish_later(self, store_id: str) -> None:
        """Publish a menu that was published before; once for what is told in the meantime."""
        with self._lock:
            if store_id in self._planned:
                return
            self._planned.add(store_id)

        def publish() -> None:
            with self._lock:
                self._planned.discard(store_id)
            if self._state.store(store_id).publishes:
                self._publish(store_id, self._last_edition(store_id))

        self._lanes.submit(_lane(store_id), publish)

    def switch_later(self, store_id: str, kind: str, provider_id: str, is_active: bool) -> None:
        """Send an availability update; publish what an update cannot name, or a 404 demands."""

        def publish_if_unknown(outcome: Future[int | None]) -> None:
            if outcome.result() == NOT_FOUND:
                self.publish_later(store_id)

        def switch() -> None:
            sent = self._switch(store_id, kind, provider_id, is_active)
            sent.add_done_callback(publish_if_unknown)

        if self._state.store(store_id).opted_in and kind in _ARRAYS:
            self._lanes.submit(_lane(store_id), switch)
        else:
            self.publish_later(store_id)

    def switch(self, store_id: str, kind: str, provider_id: str, is_active: bool) -> Answer:
        """Send an availability update by the POS's id and return the channel's answer."""
        return self._updated(store_id, lambda: self._switch(store_id, kind, provider_id, is_active))

    def update(self, store_id: str, object_updates: Any) -> Answer:
        """Send these updates as they are; a 404 is answered with a whole publish."""
        return self._updated(store_id, lambda: self._update(store_id, object_updates))

    def pause(self, store_id: str, until_ms: int | None) -> Answer:
        return self._told(self._pause(store_id, until_ms))

    def resume(self, store_id: str) -> Answer:
        return self._told(self._resume(store_id))

    def pause_later(self, store_id: str, until_ms: Any) -> None:
        self._outbox.send(self._pause(store_id, until_ms if is_whole(until_ms) else None))

    def resume_later(self, store_id: str) -> None:
        self._outbox.send(self._resume(store_id))

    def _pause(self, store_id: str, until_ms: int | None) -> Event:
        merchant_id = self._state.store(store_id).merchant_id
        return event("location.paused", merchant_id, store_id, until_ms=until_ms)

    def _resume(self, store_id: str) -> Event:
        return event("location.resume", self._state.store(store_id).merchant_id, store_id)

    def _told(self, told: Event) -> Answer:
        return {"store_id": told.store_id, "status": self._outbox.send_and_wait(told)}

    def _updated(self, store_id: str, send: Callable[[], Future[int | None]]) -> Answer:
        """Send an update in the store's lane, wait for the answer, and publish after a 404."""
        published: Answer | None = None
        sent = self._lanes.call(_lane(store_id), send, seconds=WAIT_SECONDS)
        status = outcome(sent)
        if status == NOT_FOUND and self._state.store(store_id).publishes:
            published = self.publish(store_id, self._last_edition(store_id))
        return {"store_id": store_id, "status": status, "published": published}

    def _last_edition(self, store_id: str) -> Edition:
        """Return the last wishes; a linked store's menu is made from the catalog again."""
        store = self._state.store(store_id)
        return replace(store.edition, file=None) if store.is_linked else store.edition

    def _publish(self, store_id: str, edition: Edition) -> Answer:
        """Publish, ask for the connection, and connect at the first time (DSP-CON)."""
        store = self._state.store(store_id)
        version = edition.version or store.version
        content = self._files.content(store, edition, version)
        file = self._state.add_file(store_id, content)
        url = self._url(file)
        self._state.change_store(
            store_id,
            published_at=now_ms(),
            download_url=url,
            version=version,
            edition=edition,
            switched={},
        )
        told = event("location.publish", store.merchant_id, store_id, download_url=url)
        status = self._outbox.send_and_wait(told)
        problems = self._connect(store) if status is not None and status < 300 else ()
        return {
            "store_id": store_id,
            "number": file.number,
            "version": version,
            "bytes": len(content),
            "download_url": url,
            "status": status,
            "connected": self._state.store(store_id).connected,
            "problems": list(problems),
        }

    def _connect(self, store: Store) -> tuple[str, ...]:
        problems: tuple[str, ...] = ()
        for method in ("GET", "POST"):
            answer = self.connection(store.store_id, method)
            problems += tuple(answer["problems"])
            if answer["connected"] is not False:
                break
        return problems

    def connection(self, store_id: str, method: str) -> Answer:
        store = self._state.store(store_id)
        token = self._state.connection(store.merchant_id).access_token
        answer = self._client.connection(token, method, store_id)
        body = answer.json if isinstance(answer.json, dict) else {}
        connected = body.get("connected") if answer.status == 200 else None
        if isinstance(connected, bool):
            self._state.change_store(store_id, connected=connected)
        problems = connection_problems(answer, store_id, method, section="DSP-CON")
        return {
            "store_id": store_id,
            "method": method,
            "connected": connected,
            "status": answer.status,
            "milliseconds": answer.milliseconds,
            "problems": list(problems),
        }

    def _switch(
        self, store_id: str, kind: str, provider_id: str, is_active: bool
    ) -> Future[int | None]:
        store = self._state.store(store_id)
        switched = {**store.switched, provider_id: is_active}
        updates: dict[str, list[Answer]] = {array: [] for array in _ARRAYS.values()}
        for (named, stream_id), is_on in self._files.concerned(store, kind, provider_id, switched):
            updates[_ARRAYS[named]].append({"stream_id": stream_id, "is_active": is_on})
        self._state.change_store(store_id, switched=switched)
        return self._update(store_id, updates)

    def _update(self, store_id: str, object_updates: Any) -> Future[int | None]:
        merchant_id = self._state.store(store_id).merchant_id
        return self._outbox.send(
            event("location.update", merchant_id, store_id, object_updates=object_updates)
        )

    def _url(self, file: MenuFile) -> str:
        path = f"/menus/{quote(file.store_id, safe='')}/{file.number}.json"
        return f"{self._config.public_url}{path}?X-Amz-Signature={file.signature}"


def _lane(store_id: str) -> str:
    return f"store {store_id}"
