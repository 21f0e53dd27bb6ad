"""Where calls may go. The address that was checked is the address that is connected to: there is no second look-up."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import gevent

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SocketInfo = tuple[Any, Any, int, str, tuple[Any, ...]]

_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local: cloud metadata lives here
        "100.100.100.200/32",  # Alibaba's metadata
        "168.63.129.16/32",  # Azure's, at an address that looks public
        "192.0.0.192/32",  # Oracle's
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "64:ff9b:1::/48",  # NAT64 of a local kind: which IPv4 is meant cannot be told
        "fe80::/10",
        "fd00:ec2::/32",  # Amazon's metadata
        "fd20:ce::254/128",  # Google's
        "ff00::/8",
    )
)
_IPV4_IN_IPV6 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))  # NAT64, IPv4-compatible
_LOOPBACK_6 = ipaddress.IPv6Address("::1")
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # what a server is told to listen at, not what we do


class EgressRefused(OSError):
    """The policy does not let calls go there."""


@dataclass(frozen=True)
class EgressPolicy:
    """`allow`: networks that are not public and may be called all the same. `deny`: our own (host, port)s.

    Raises ValueError for an `allow` that holds no network.
    """

    allow: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    deny: frozenset[tuple[str, int]] = frozenset()

    def __post_init__(self) -> None:
        _ = self._allowed

    @cached_property
    def _allowed(self) -> tuple[Network, ...]:
        return tuple(ipaddress.ip_network(network) for network in self.allow)

    def check(self, address: str, port: int) -> None:
        """Raises `EgressRefused`. Looks our own names up where the port is one of ours."""
        meant = meant_by(address)
        if _within(meant, _NEVER):
            raise EgressRefused(f"calls to {address} are always refused: link-local, metadata or no host's address")
        if any(port == own and _is_at(meant, host) for host, own in self.deny):
            raise EgressRefused(f"{address}:{port} is Stepline's own: an API cannot be there")
        if not meant.is_global and not _within(meant, self._allowed):
            raise EgressRefused(f"{address} is in a private network: add it to STEPLINE_EGRESS_ALLOW to call it")


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


@lru_cache(maxsize=4096)
def meant_by(text: str) -> Address:
    """The address that packets go to: IPv4 in IPv6's clothes is IPv4."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address) or int(address) <= int(_LOOPBACK_6):
        return address
    if any(address in network for network in _IPV4_IN_IPV6):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_at(address: Address, host: str) -> bool:
    """Whether what listens at `host` is reached by `address`."""
    if host in _ANYWHERE:
        return _is_this_machine(address)
    try:
        found = {meant_by(str(info[4][0])) for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return address in found or (address.is_loopback and any(own.is_loopback for own in found))


def _is_this_machine(address: Address) -> bool:
    """Only an address of its own can be bound to."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


def connect(host: str, port: int, policy: EgressPolicy, ends: float) -> socket.socket:
    """A connection to the first address of `host` that answers until `ends` (as `time.monotonic` counts).

    All addresses are checked before any is connected to: a name with one forbidden address is refused.
    Raises OSError, `EgressRefused` and TimeoutError among them.
    """
    with gevent.Timeout(_left_s(ends), TimeoutError("looking up the name took too long")):
        targets = _checked_targets(host, port, policy)
    return _first_that_answers(targets, ends)


def _checked_targets(host: str, port: int, policy: EgressPolicy) -> list[SocketInfo]:
    host.encode("idna")  # raises here for a label that is too long: from the look-up's thread gevent would print it
    found: list[SocketInfo] = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    for *_, target in found:
        policy.check(str(target[0]), port)
    return found


def _first_that_answers(targets: list[SocketInfo], ends: float) -> socket.socket:
    """An address that is silent leaves half of the time to those behind it."""
    error = OSError("the name has no address")
    for number, target in enumerate(targets, 1):
        share = 1 if number == len(targets) else 2
        try:
            return _connected(target, _left_s(ends) / share)
        except OSError as failed:
            error = failed
        if time.monotonic() >= ends:
            break
    raise error


def _connected(target: SocketInfo, timeout_s: float) -> socket.socket:
    family, kind, protocol, _, address = target
    connection = socket.socket(family, kind, protocol)
    try:
        connection.settimeout(timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


def _left_s(ends: float) -> float:
    return max(0.001, ends - time.monotonic())
