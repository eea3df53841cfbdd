"""The network that stands for one client, whatever address it uses next."""

import ipaddress
from functools import lru_cache


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
