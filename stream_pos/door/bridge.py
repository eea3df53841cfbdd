"""Runs one request through the WSGI application, in a thread of a lane."""

import logging
import sys
import tempfile
from collections.abc import Callable, Iterable
from typing import IO, Any, NamedTuple
from urllib.parse import unquote_to_bytes

log = logging.getLogger(__name__)
_MEMORY_BYTES = 1_000_000
_CGI_NAMES = {"HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"}

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Response(NamedTuple):
    """A whole response; a long one is in a file, so that no thread waits for its reader."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes
    file: IO[bytes] | None = None


def environ(scope: dict[str, Any], body: IO[bytes], length: int) -> dict[str, Any]:
    """Return the WSGI environment (PEP 3333: text holds one byte per character)."""
    server, client = scope["server"], scope["client"] or ("", 0)
    result: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        # X_Forwarded_For would become the same variable as X-Forwarded-For.
        if b"_" not in name:
            _add(result, name.decode("latin-1"), value.decode("latin-1"))
    result["CONTENT_LENGTH"] = str(length)
    return result


def _add(result: dict[str, Any], name: str, value: str) -> None:
    key = "HTTP_" + name.upper().replace("-", "_")
    if key in _CGI_NAMES:
        key = key[5:]
    elif key in result:
        value = f"{result[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
    elif key == "HTTP_TRANSFER_ENCODING":
        return  # The body is whole and has a length.
    result[key] = value


def respond(application: WsgiApplication, request: dict[str, Any]) -> Response | None:
    """Return the application's whole response; None if it raised, which is logged."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> None:
        started[:] = [(status, headers)]

    try:
        content, file = _collect(application(request, start))
    except Exception:  # The thread must live on; the caller answers 500.
        log.exception("A request failed outside Django.")
        return None
    status, headers = started[0]
    encoded = [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers]
    return Response(int(status[:3]), encoded, content, file)


def _collect(chunks: Iterable[bytes]) -> tuple[bytes, IO[bytes] | None]:
    """Read the response and close it: Django then returns its database connection."""
    parts: list[bytes] = []
    size, file = 0, None
    try:
        for chunk in chunks:
            if file is None and parts and size + len(chunk) > _MEMORY_BYTES:
                file = tempfile.TemporaryFile()  # noqa: SIM115  # Closed by the writer.
                file.writelines(parts)
                parts = []
            size += len(chunk)
            (parts.append if file is None else file.write)(chunk)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    if file is not None:
        file.seek(0)
    return b"".join(parts), file
