"""The addresses that menu files may come from (contract DSP-MENU-FILE)."""

from urllib.parse import quote, urlsplit

from django.conf import settings

from integration.outbound_http.origins import Origin

_LENGTH = 8_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class BadAddress(Exception):
    """No file is fetched from there; the message is a sentence that does not hold the address."""


def check(address: str) -> tuple[Origin, str]:
    """Return the server and the request target. Raises BadAddress."""
    if len(address) > _LENGTH:
        raise BadAddress(f"Its address is longer than {_LENGTH:,} characters.")
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode().lower()
        port = parts.port
    except ValueError as error:
        raise BadAddress("Its address cannot be read.") from error
    if not host or parts.scheme not in ("http", "https"):
        raise BadAddress("Its address does not begin with https:// and a host.")
    if "@" in parts.netloc:
        raise BadAddress("Its address holds a user name or a password.")
    port = port or (443 if parts.scheme == "https" else 80)
    if not (is_loopback_allowed() and host in _LOOPBACK):
        _check_public(parts.scheme, host, port)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    # Existing percent-encoding stays as it is: it may be signed.
    return Origin(parts.scheme, host, port), quote(target, safe="/?:@!$&'()*+,;=-._~%")


def is_loopback_allowed() -> bool:
    """Return True while our own public URL is loopback: on a developer's machine."""
    return settings.PUBLIC_HOST in _LOOPBACK


def _check_public(scheme: str, host: str, port: int) -> None:
    allowed = [one.strip(".").lower() for one in settings.DSP.menu_hosts]
    if not any(host == one or host.endswith(f".{one}") for one in allowed):
        raise BadAddress(f"Menus are not fetched from {host[:80]} (DSP_MENU_HOSTS).")
    if scheme != "https":
        raise BadAddress("Its address does not begin with https://.")
    if port != 443:
        raise BadAddress(f"Its address names port {port}; only 443 is used.")
