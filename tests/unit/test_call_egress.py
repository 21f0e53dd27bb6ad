"""Where calls may go."""

import socket

import pytest

from engine.call import EgressPolicy
from engine.call.egress import EgressRefused

OPEN = EgressPolicy(allow=("0.0.0.0/0", "::/0"))

METADATA_AND_NO_HOSTS = [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fd20:ce::254",
    "ff02::1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:a9fe:a9fe::1",
]


@pytest.mark.parametrize("address", METADATA_AND_NO_HOSTS)
def test_some_addresses_are_refused_whatever_is_allowed(address):
    with pytest.raises(EgressRefused, match="always refused"):
        OPEN.check(address, 80)


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
     "2002:a00:1::1", "240.0.0.1", "198.18.0.1", "2001:db8::1", "::10.0.0.1"],
)  # fmt: skip
def test_what_is_not_public_has_to_be_allowed(address):
    with pytest.raises(EgressRefused, match="STEPLINE_EGRESS_ALLOW"):
        EgressPolicy().check(address, 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_be_called_unless_it_is_taken_away(address):
    EgressPolicy().check(address, 9999)
    with pytest.raises(EgressRefused):
        EgressPolicy(allow=()).check(address, 9999)


def test_a_private_network_that_is_allowed_may_be_called_and_its_neighbour_not():
    policy = EgressPolicy(allow=("10.1.0.0/16",))
    policy.check("10.1.2.3", 443)
    with pytest.raises(EgressRefused):
        policy.check("10.2.0.1", 443)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "2002:5db8:d822::1"])
def test_public_addresses_may_be_called(address):
    EgressPolicy().check(address, 443)


@pytest.mark.parametrize("own", ["127.0.0.1", "0.0.0.0", "::", "", "localhost"])
@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_our_own_server_is_refused_by_whatever_name(own, address):
    with pytest.raises(EgressRefused, match="Stepline's own"):
        EgressPolicy(deny=frozenset({(own, 27017)})).check(address, 27017)


def test_our_own_server_is_known_by_what_its_name_means(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.5", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    policy = EgressPolicy(allow=("10.0.0.0/8", "127.0.0.0/8"), deny=frozenset({("db.internal", 27017)}))
    with pytest.raises(EgressRefused, match="Stepline's own"):
        policy.check("10.0.0.5", 27017)
    policy.check("10.0.0.6", 27017)
    policy.check("127.0.0.1", 27017)


def test_another_port_beside_our_own_may_be_called():
    EgressPolicy(deny=frozenset({("127.0.0.1", 27017)})).check("127.0.0.1", 9999)


def test_a_policy_that_names_no_network_is_refused_at_once():
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        EgressPolicy(allow=("10.0.0.0/99",))
