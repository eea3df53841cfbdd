"""URL parsing: the origin (scheme, host, port) and the request target."""

import functools
from typing import NamedTuple
from urllib.parse import quote, urlsplit


class Unreachable(Exception):
    """No connection could be made; the message is a sentence that says why."""


class Origin(NamedTuple):
    """The server that connections go to. `host` is ASCII, as in the URL."""

    scheme: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """The host as certificates and requests write it: without the trailing dot of a FQDN."""
        return self.host.rstrip(".")

    @property
    def netloc(self) -> str:
        """The value of the Host header."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        is_default = self.port == (443 if self.scheme == "https" else 80)
        return name if is_default else f"{name}:{self.port}"


@functools.lru_cache
def parse(url: str) -> tuple[Origin, str]:
    """Split an http(s) URL into its origin and its request target. Raises Unreachable."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as error:
        raise Unreachable(f"The webhook URL cannot be used: {error}.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise Unreachable("The webhook URL must begin with http:// or https:// and a host.")
    if "@" in parts.netloc:
        raise Unreachable("The webhook URL must not hold a user name or a password.")
    port = port or (443 if parts.scheme == "https" else 80)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    # Existing percent-encoding stays as it is.
    return Origin(parts.scheme, host, port), quote(target, safe="/?:@!$&'()*+,;=-._~%")
