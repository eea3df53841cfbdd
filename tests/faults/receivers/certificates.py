"""Valid and invalid certificates for a receiver on this machine."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import certifi

from tests.integration.support.certificates import Authority


@dataclass(frozen=True)
class Certificates:
    """TLS contexts of a server at `origin`, given without the port."""

    origin: str
    good: ssl.SSLContext
    expired: ssl.SSLContext
    wrong_name: ssl.SSLContext
    self_signed: ssl.SSLContext


@contextmanager
def trusted_authority(folder: Path) -> Iterator[Certificates]:
    """Make delivery in this process trust only a test authority, for the duration."""
    from integration.outbound_http import connections

    trusted, untrusted = folder / "authority", folder / "strange"
    for subfolder in (trusted, untrusted):
        subfolder.mkdir(exist_ok=True)
    authority = Authority(trusted)
    with mock.patch.object(certifi, "where", return_value=str(authority.file)):
        connections._tls_context.cache_clear()
        connections.close_idle()
        try:
            yield Certificates(
                "https://localhost",
                good=authority.context("localhost"),
                expired=authority.context("localhost", days=-1),
                wrong_name=authority.context("elsewhere.example.com"),
                self_signed=Authority(untrusted).context("localhost"),
            )
        finally:
            connections._tls_context.cache_clear()
            connections.close_idle()
