"""What a proxy says of whom it speaks for counts only from those that are trusted."""

from ipaddress import ip_network

import pytest
from starlette.datastructures import Headers

from api.security.addresses import Seen, is_loopback, seen, split_host

PROXY, INNER, CLIENT = "10.0.0.5", "10.0.0.6", "203.0.113.9"
TRUSTED = (ip_network("10.0.0.0/24"), ip_network("fd00::/8"), ip_network("127.0.0.1/32"))


def through(peer: str, *headers: tuple[str, str]) -> Seen:
    return seen(peer, Headers(raw=[(name.encode(), value.encode()) for name, value in headers]), TRUSTED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-for", "10.0.0.5"),
        ("forwarded", "for=127.0.0.1;proto=https;host=evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
    ],
)
@pytest.mark.parametrize("peer", [CLIENT, "::ffff:203.0.113.9", "2001:db8::1", "unknown", "testclient"])
def test_of_whoever_is_not_trusted_nothing_is_believed(peer: str, name: str, value: str) -> None:
    assert through(peer, (name, value)) == Seen(peer)


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        (CLIENT, CLIENT),
        (f"127.0.0.1, {CLIENT}", CLIENT),
        (f"127.0.0.1,{CLIENT} , {INNER}", CLIENT),
        (f"{CLIENT}, 198.51.100.1, {INNER}", "198.51.100.1"),
        (INNER, INNER),
        (f"{CLIENT}:4711", CLIENT),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:203.0.113.9", CLIENT),
        (f"{CLIENT}, ::ffff:10.0.0.6", CLIENT),
        (f"127.0.0.1, {CLIENT}, fd00::7", CLIENT),
    ],
)
def test_the_client_is_the_last_hop_that_is_not_trusted(hops: str, client: str) -> None:
    assert through(PROXY, ("x-forwarded-for", hops)).client == client


@pytest.mark.parametrize("peer", [PROXY, "::ffff:10.0.0.5", "fd00::1"])
def test_a_proxy_is_known_in_whichever_clothes(peer: str) -> None:
    assert through(peer, ("x-forwarded-for", CLIENT)).client == CLIENT


def test_headers_that_stand_twice_are_read_as_one_in_their_order() -> None:
    assert through(PROXY, ("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", CLIENT)).client == CLIENT


@pytest.mark.parametrize(
    "hop",
    ["", "garbage", "127.0.0.1.", "127.0.0.1\t127.0.0.1", "0x7f000001", "2130706433", "[::1", "_hidden", "unknown"],
)
def test_a_hop_that_is_no_address_is_nobody_and_certainly_not_this_machine(hop: str) -> None:
    client = through(PROXY, ("x-forwarded-for", f"127.0.0.1, {hop}")).client
    assert client == "unknown"
    assert not is_loopback(client)


def test_scheme_and_host_are_those_that_the_nearest_proxy_tells() -> None:
    found = through(
        PROXY,
        ("x-forwarded-for", CLIENT),
        ("x-forwarded-proto", "http, https"),
        ("x-forwarded-host", "evil.example, anwen.example"),
    )
    assert found == Seen(CLIENT, "https", "anwen.example")


@pytest.mark.parametrize(
    ("proto", "host"), [("javascript", "a b"), ("ws", "evil.example/path"), ("", "a@evil.example")]
)
def test_no_other_scheme_and_no_host_that_is_none(proto: str, host: str) -> None:
    assert through(PROXY, ("x-forwarded-proto", proto), ("x-forwarded-host", host)) == Seen(PROXY)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"for={CLIENT};proto=https;host=anwen.example", Seen(CLIENT, "https", "anwen.example")),
        (f'for="[2001:db8::1]:9" ; Proto=HTTPS, for={INNER}', Seen("2001:db8::1")),
        (f"for=127.0.0.1, for={CLIENT}", Seen(CLIENT)),
        ('for="127.0.0.1, for=10.0.0.6"', Seen("unknown")),
        ("for=_hidden", Seen("unknown")),
        ("nonsense", Seen("unknown")),
    ],
)
def test_the_standard_header_is_read_where_it_is_the_only_one(value: str, expected: Seen) -> None:
    assert through(PROXY, ("forwarded", value)) == expected


def test_a_standard_header_that_a_proxy_passed_on_unread_counts_for_nothing() -> None:
    both = (("forwarded", "for=127.0.0.1;host=evil.example;proto=http"), ("x-forwarded-for", CLIENT))
    assert through(PROXY, *both) == Seen(CLIENT)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "a.localhost"]
)
def test_this_machine_by_all_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "10.0.0.1", "0.0.0.0", "::", "localhost.evil.example", "127.0.0.1.evil.example"])
def test_others_are_not_this_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "a@b", "a/b", "a b", "a#b", "a:b", "a:1:2", "a:123456", "[::1", "::1", "a\nb", "甲"]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    assert split_host(host) is None
