"""Which addresses the server may ask of its own accord: hosts on the open internet, plainly named.

`ipaddress` alone does not tell: its `is_global` is true of multicast, of NAT64 and 6to4 (which
embed any IPv4 address) and of retired ranges, and it changes with Python's version.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}
FIRST_UNPRIVILEGED_PORT = 1024  # below are mail, name and log servers, which some text can drive
MAX_ADDRESS = 2000

_GLOBAL_UNICAST = ip_network("2000::/3")
_REFUSED_4 = [
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, where clouds answer with credentials
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4, retired
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]
_REFUSED_6 = [
    ip_network(block)
    for block in (
        "2001::/23",  # protocol assignments; Teredo (2001::/32) embeds IPv4
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 embeds IPv4
        "3fff::/20",  # documentation
    )
]
_ISATAP = {0x00005EFE, 0x02005EFE}  # the third quarter of addresses that embed IPv4 in the fourth
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_NAME = re.compile(r"(?!.{254})(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9-]{1,63}(?<!-)")
# What a resolver may read as a number, hence as an address in an odd spelling.
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")


class Target(NamedTuple):
    """Where a request goes: the parts of an address that was found sound."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Return where an address leads; raises ValueError unless it is plain http or https.

    Plain means: visible ASCII, a host that is a name or a usual address, no user, no fragment.
    """
    if len(url) > MAX_ADDRESS or not _URL.fullmatch(url) or "\\" in url:
        raise ValueError("no plain http or https address")
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.fragment or not _is_host(parts):
        raise ValueError("no plain host")
    scheme, port = parts.scheme, parts.port  # which raises ValueError itself
    return Target(scheme, str(parts.hostname), PORTS[scheme] if port is None else port)


def _is_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if parts.netloc.startswith("["):
        return "%" not in host and IPv6Address(host).ipv4_mapped is None
    last = host.rpartition(".")[2]
    if _NUMBER.fullmatch(last):
        return str(IPv4Address(host)) == host
    return _NAME.fullmatch(host) is not None


def is_usual_port(scheme: str, port: int) -> bool:
    """Return whether servers of that scheme listen there, and no older protocol's do."""
    return port == PORTS[scheme] or port >= FIRST_UNPRIVILEGED_PORT


def is_public(address: str) -> bool:
    """Return whether an address is one host's on the open internet, and embeds no other."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return _is_unicast(parsed) and not any(parsed in block for block in _REFUSED_4)
    embeds = int(parsed) >> 32 & 0xFFFFFFFF in _ISATAP or parsed.scope_id is not None
    is_global = parsed in _GLOBAL_UNICAST and not any(parsed in block for block in _REFUSED_6)
    return is_global and not embeds and _is_unicast(parsed)


def _is_unicast(parsed: IPv4Address | IPv6Address) -> bool:
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved
