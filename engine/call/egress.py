"""Where calls may go. The address that was checked is the address that is connected to: there is no second look-up."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SocketInfo = tuple[Any, Any, int, str, tuple[Any, ...]]

_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local: cloud metadata lives here
        "100.100.100.200/32",
        "192.0.0.192/32",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "fe80::/10",
        "fd00:ec2::254/128",
        "ff00::/8",
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class EgressRefused(OSError):
    """The policy does not let calls go there."""


@dataclass(frozen=True)
class EgressPolicy:
    """`allow`: networks that are not public and may be called all the same. `deny`: our own (host, port)s."""

    allow: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    deny: frozenset[tuple[str, int]] = frozenset()

    @cached_property
    def _allowed(self) -> tuple[Network, ...]:
        return tuple(ipaddress.ip_network(network) for network in self.allow)

    def check(self, address: str, port: int) -> None:
        """Raises `EgressRefused`."""
        meant = meant_by(address)
        if _within(meant, _NEVER):
            raise EgressRefused(f"calls to {address} are always refused: link-local, metadata or no host's address")
        if any(port == own and (meant.is_loopback or str(meant) == host) for host, own in self.deny):
            raise EgressRefused(f"{address}:{port} is Stepline's own: an API cannot be there")
        if not meant.is_global and not _within(meant, self._allowed):
            raise EgressRefused(f"{address} is in a private network: add it to STEPLINE_EGRESS_ALLOW to call it")


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


@lru_cache(maxsize=4096)
def meant_by(text: str) -> Address:
    """The address that packets go to: IPv4 in IPv6's clothes is IPv4."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.sixtofour or address


def connect(host: str, port: int, policy: EgressPolicy, timeout_s: float) -> socket.socket:
    """A connection to the first address of `host` that answers. Raises OSError, `EgressRefused` among them.

    All addresses are checked before any is connected to: a name with one forbidden address is refused.
    """
    found: list[SocketInfo] = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    for *_, target in found:
        policy.check(str(target[0]), port)
    return _first_that_answers(found, timeout_s)


def _first_that_answers(found: list[SocketInfo], timeout_s: float) -> socket.socket:
    error = OSError("the name has no address")
    for family, kind, protocol, _, target in found:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(timeout_s)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect(target)
        except OSError as failed:
            connection.close()
            error = failed
        else:
            return connection
    raise error
