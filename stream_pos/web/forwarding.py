"""The client's address behind trusted proxies, and the network that stands for one client."""

import ipaddress
from functools import lru_cache

from django.conf import settings


def client(address: str, forwarded_for: str) -> str:
    """Follow X-Forwarded-For backwards for as long as a trusted proxy vouches for it."""
    hops = [hop.strip() for hop in forwarded_for.split(",")]
    while hops and hops[-1] and is_trusted(address) and _is_address(hops[-1]):
        address = hops.pop()
    return address


@lru_cache(maxsize=1024)
def network(address: str) -> str:
    """Return the network that one client controls: an IPv4 address, or an IPv6 /64."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return f"{ipaddress.IPv6Address(int(ip) >> 64 << 64)}/64"


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
