"""Routes of the channel's role beside its API: the receiver, menu files and the page."""

from __future__ import annotations

import gzip
import hmac
import re
import threading
from urllib.parse import unquote

from sandbox.core import Sandbox
from sandbox.errors import SandboxError
from sandbox.server.web import JSON_TYPE, Reply, Request, json_reply
from sandbox.stream.webhooks import SIGNATURE_HEADER

ORDER_PATH = re.compile(r"/order/([A-Za-z0-9_-]{1,64})")
FILE_PATH = re.compile(r"/menus/([^/]{1,1000})/([0-9]{1,9})\.json")
SILENT_SECONDS = 60.0


class ChannelRoutes:
    def __init__(self, sandbox: Sandbox) -> None:
        self._channel = sandbox.channel
        self._stopping: threading.Event = sandbox.stopping

    def get(self, request: Request) -> Reply | None:
        """Serve a menu file; None if the URL is none's."""
        found = FILE_PATH.fullmatch(request.path)
        if found is None:
            return None
        planned = self._channel.state.file_server.take()
        if planned is not None:
            self._stopping.wait(SILENT_SECONDS if planned.silent else planned.delay_seconds)
            if planned.silent:
                return Reply(0)
            if planned.status is not None:
                return json_reply({"error": f"Answered {planned.status}."}, planned.status)
        return self._file(unquote(found[1]), int(found[2]), request)

    def post(self, request: Request) -> Reply | None:
        """Take an event of the channel; None if the URL is another."""
        found = ORDER_PATH.fullmatch(request.path)
        if found is None:
            return None
        headers = request.headers
        status = self._channel.receiver.receive(
            found[1],
            dict(headers.items()),
            headers.get_all(SIGNATURE_HEADER) or [],
            request.body,
        )
        if status in (None, 204, 304):
            return Reply(status or 0)
        return json_reply({} if status == 200 else {"error": f"Answered {status}."}, status or 0)

    def _file(self, store_id: str, number: int, request: Request) -> Reply:
        """Return the file for the right signature, as a store of files would: else 403."""
        file = self._channel.state.file(store_id, number)
        signature = request.query.get("X-Amz-Signature", "").encode("utf-8", "replace")
        if file is None or not hmac.compare_digest(file.signature.encode(), signature):
            raise SandboxError("This URL is not signed, or the file is gone.", status=403)
        if "gzip" in str(request.headers.get("Accept-Encoding", "")):
            packed = gzip.compress(file.content, compresslevel=1)
            return Reply(200, packed, JSON_TYPE, {"Content-Encoding": "gzip"})
        return Reply(200, file.content, JSON_TYPE)
