"""Good and bad certificates for a receiver on this machine."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import certifi

from tests.integration.support.certificates import Authority


@dataclass(frozen=True)
class Known:
    """Contexts of a server that calls itself `origin` without its port."""

    origin: str
    good: ssl.SSLContext
    expired: ssl.SSLContext
    of_another_name: ssl.SSLContext
    self_signed: ssl.SSLContext


@contextmanager
def known_authority(folder: Path) -> Iterator[Known]:
    """Until its end, delivery in this process trusts the authority and nobody else."""
    from integration.outbound_http import connections

    mine, strange = folder / "authority", folder / "strange"
    for place in (mine, strange):
        place.mkdir(exist_ok=True)
    authority = Authority(mine)
    with mock.patch.object(certifi, "where", return_value=str(authority.file)):
        connections._tls_context.cache_clear()
        connections.close_idle()
        try:
            yield Known(
                "https://localhost",
                good=authority.context("localhost"),
                expired=authority.context("localhost", days=-1),
                of_another_name=authority.context("elsewhere.example.com"),
                self_signed=Authority(strange).context("localhost"),
            )
        finally:
            connections._tls_context.cache_clear()
            connections.close_idle()
