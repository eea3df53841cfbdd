"""The client's address behind trusted proxies."""

import ipaddress

from django.conf import settings


def client(address: str, forwarded_for: str) -> str:
    """Follow X-Forwarded-For backwards for as long as a trusted proxy vouches for it."""
    hops = [hop.strip() for hop in forwarded_for.split(",")]
    while hops and hops[-1] and is_trusted(address) and _is_address(hops[-1]):
        address = hops.pop()
    return address


def is_trusted(address: str) -> bool:
    """Tell whether the address is one of TRUSTED_PROXIES."""
    if not settings.TRUSTED_PROXIES or not _is_address(address):
        return False
    return any(
        ipaddress.ip_address(address) in ipaddress.ip_network(proxy, strict=False)
        for proxy in settings.TRUSTED_PROXIES
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
