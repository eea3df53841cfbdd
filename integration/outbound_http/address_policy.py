"""The network addresses that our requests may go to: public ones only.

The ranges are those of IANA's special-purpose registries for IPv4 and IPv6, written out because
`ipaddress.is_global` differs between releases of Python. Addresses that a registry calls reachable
but that host no web server (anycast services of protocols) are refused with the range around them.
"""

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_LOOPBACK = "a loopback address"
_PRIVATE = "a private address"
_LINK_LOCAL = "a link-local address"
_DOCUMENTATION = "an address for examples"
_RESERVED = "a reserved address"
_MULTICAST = "a multicast address"
_TUNNEL = "an address of a tunnel to IPv4"

_IPV4 = [
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "an address of this machine"),
        ("10.0.0.0/8", _PRIVATE),
        ("100.64.0.0/10", "a provider's shared address"),
        ("127.0.0.0/8", _LOOPBACK),
        ("169.254.0.0/16", _LINK_LOCAL),  # Cloud machines read their credentials there.
        ("172.16.0.0/12", _PRIVATE),
        ("192.0.0.0/24", _RESERVED),
        ("192.0.2.0/24", _DOCUMENTATION),
        ("192.88.99.0/24", _TUNNEL),
        ("192.168.0.0/16", _PRIVATE),
        ("198.18.0.0/15", "an address for measurements"),
        ("198.51.100.0/24", _DOCUMENTATION),
        ("203.0.113.0/24", _DOCUMENTATION),
        ("224.0.0.0/4", _MULTICAST),
        ("240.0.0.0/4", _RESERVED),  # With 255.255.255.255, the broadcast.
    )
]
# Only 2000::/3 is assigned as global unicast (RFC 4291); parts of it are not public. The other
# ranges are listed for their specific reasons.
_GLOBAL = IPv6Network("2000::/3")
_IPV6 = [
    (IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "an address of this machine"),
        ("::1/128", _LOOPBACK),
        ("64:ff9b:1::/48", _PRIVATE),
        ("2001::/23", _RESERVED),  # Teredo, benchmarking, ORCHID and similar.
        ("2001:db8::/32", _DOCUMENTATION),
        ("2002::/16", _TUNNEL),
        ("3fff::/20", _DOCUMENTATION),
        ("fc00::/7", _PRIVATE),
        ("fe80::/10", _LINK_LOCAL),
        ("fec0::/10", _PRIVATE),
        ("ff00::/8", _MULTICAST),
    )
]
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)  # The third 32 bits of an address (RFC 5214).


def rejection_reason(address: str, *, allow_loopback: bool) -> str | None:
    """Return the reason against this IP address, such as "a private address"; None allows it.

    `allow_loopback` allows 127.0.0.0/8 and ::1, and nothing else. Text that is not an IP address
    is refused.
    """
    try:
        parsed = ipaddress.ip_address(address)  # With or without a zone, as in fe80::1%eth0.
    except ValueError:
        return "not an IP address"
    reason = _of_ipv4(parsed) if isinstance(parsed, IPv4Address) else _of_ipv6(parsed)
    return None if allow_loopback and reason == _LOOPBACK else reason


def _of_ipv4(address: IPv4Address) -> str | None:
    return next((reason for network, reason in _IPV4 if address in network), None)


def _of_ipv6(address: IPv6Address) -> str | None:
    if address.ipv4_mapped is not None:  # The system connects to the IPv4 address itself.
        return _of_ipv4(address.ipv4_mapped)
    if address in _NAT64:  # An IPv6-only network reaches IPv4-only receivers this way.
        reason = _of_ipv4(IPv4Address(int(address) & 0xFFFFFFFF))
        return reason and _TUNNEL
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return _TUNNEL
    reason = next((reason for network, reason in _IPV6 if address in network), None)
    return reason or (None if address in _GLOBAL else _RESERVED)
