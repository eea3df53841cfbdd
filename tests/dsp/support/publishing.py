"""Helpers that publish menus to a store, as Stream does."""

import json
from typing import Any

from dsp.menu_intake import queue, worker
from dsp.models import ReceivedMenu, Store

from .channel import Channel
from .file_server import FileServer, answer


class Publisher:
    """Publishes files over HTTP to the store of the tests, and has them taken in this process."""

    def __init__(self, channel: Channel, files: FileServer, store: Store) -> None:
        self.channel, self.files, self.store = channel, files, store

    def announce(self, file: Any = None, path: str = "/71.json?X-Amz-Signature=0f1e") -> Any:
        """Put the file on the server and send `location.publish`."""
        if file is not None:
            body = file if isinstance(file, bytes) else json.dumps(file).encode()
            self.files.behave = answer(200, body)
        event = {
            "type": "location.publish",
            "location_id": self.store.provider_id,
            "download_url": self.files.origin + path,
        }
        response = self.channel.event(event)
        assert (response.status_code, response.content) == (200, b"{}")
        return ReceivedMenu.objects.latest("pk")

    def take(self) -> ReceivedMenu | None:
        """Take the menu that is due, as a worker does; return it as it is then."""
        menu = queue.claim()
        if menu is None:
            return None
        worker.take(menu)
        menu.refresh_from_db()
        return menu

    def publish(self, file: Any, **fields: Any) -> ReceivedMenu:
        self.announce(file, **fields)
        menu = self.take()
        assert menu is not None
        return menu

    def update(self, **kinds: dict[str, bool]) -> Any:
        """Send `location.update`: items={"id": False}, and so on."""
        updates = {
            kind: [{"stream_id": one, "is_active": is_on} for one, is_on in changes.items()]
            for kind, changes in kinds.items()
        }
        event = {
            "type": "location.update",
            "location_id": self.store.provider_id,
            "object_updates": updates,
        }
        return self.channel.event(event)
