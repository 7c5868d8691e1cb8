"""Where a request comes from, as far as attempts are counted and sessions are known by it."""

from ipaddress import AddressValueError, IPv6Address, IPv6Network
from typing import Final

#: Bits of an IPv6 address that a provider gives out as one: whoever has them has 2^64 addresses,
#: and browsers change among them every day.
_OF_ONE: Final = 64


def place_of(address: str) -> str:
    """Give the address, of IPv6 the network that one household or office has.

    >>> place_of("192.0.2.7"), place_of("2001:db8:1:2:3:4:5:6"), place_of("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8:1:2::/64', '192.0.2.7')
    """
    try:
        found = IPv6Address(address)
    except AddressValueError:
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    network = IPv6Network((int(found), _OF_ONE), strict=False)
    return address if found.is_loopback else str(network)
