"""Whose request it is: what a proxy says of whom it speaks for is believed only of those that are trusted."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers

Network = IPv4Network | IPv6Network

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""What a proxy says of whom it speaks for; who comes through one is not known to be on this machine."""

UNKNOWN = "unknown"
"""The address of a client whose own proxy does not tell it in words that can be read."""

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(?P<port>\d{1,5}))?")
_HOP = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>\d+\.\d+\.\d+\.\d+):\d+|(?P<bare>\S+)")
_PAIR = re.compile(r'\s*(?P<name>[A-Za-z]+)\s*=\s*(?:"(?P<quoted>[^"\\]*)"|(?P<token>[^\s;,"]+))\s*')
_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a request comes from and how its client speaks to us: address, scheme, and the host asked for, if told."""

    client: str
    scheme: str | None = None
    host: str | None = None


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address; one of IPv4 in IPv6 clothes as IPv4. None if it is none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def is_loopback(host: str) -> bool:
    """Tell whether a host, as it stands in an address on the web, is this machine itself."""
    name = host.strip("[]").lower().rstrip(".")
    address = parsed(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def is_any(host: str) -> bool:
    """Tell whether a host to listen on means all addresses of the machine."""
    address = parsed(host)
    return not host or (address is not None and address.is_unspecified)


def split_host(value: str) -> tuple[str, str] | None:
    """Return name and port (empty if there is none) of a Host header; None if it is none."""
    match = _HOST.fullmatch(value)
    return (match["name"].lower().rstrip("."), match["port"] or "") if match else None


def is_trusted(address: str, trusted: Iterable[Network]) -> bool:
    """Tell whether an address lies in one of the networks."""
    found = parsed(address)
    return found is not None and any(found in network for network in trusted)


def seen(peer: str, headers: Headers, trusted: Sequence[Network]) -> Seen:
    """Return where a request comes from that `peer` brought.

    What the headers say counts only if the peer is trusted. Then hops are read from the last, which the peer itself
    wrote, back to the first that is not trusted: what stands before it, anybody may have written. `Forwarded` is read
    only where there is no X-Forwarded-For: proxies pass on what they do not know.
    """
    if not is_trusted(peer, trusted):
        return Seen(peer)
    elements = [] if "x-forwarded-for" in headers else _elements(headers)
    hops = [each.get("for", UNKNOWN) for each in elements] or _listed(headers, "x-forwarded-for")
    client = peer
    for hop in reversed(hops):
        address = _address(hop)
        client = str(address) if address else UNKNOWN
        if not is_trusted(client, trusted):
            break
    last = elements[-1] if elements else {}
    scheme = (last.get("proto") or _last(headers, "x-forwarded-proto") or "").lower()
    host = last.get("host") or _last(headers, "x-forwarded-host")
    return Seen(client, scheme if scheme in _SCHEMES else None, host if host and split_host(host) else None)


def _listed(headers: Headers, name: str) -> list[str]:
    """Return the parts of a header that may stand several times, in their order; each proxy adds one at the end."""
    return [part.strip() for line in headers.getlist(name) for part in line.split(",")]


def _last(headers: Headers, name: str) -> str | None:
    parts = _listed(headers, name)
    return parts[-1] if parts else None


def _address(hop: str) -> IPv4Address | IPv6Address | None:
    match = _HOP.fullmatch(hop)
    return parsed(match["six"] or match["four"] or match["bare"]) if match else None


def _elements(headers: Headers) -> list[dict[str, str]]:
    """Return the elements of Forwarded (RFC 7239), each its pairs; one that cannot be read has none."""
    found = []
    for element in _listed(headers, "forwarded"):
        pairs = [_PAIR.fullmatch(pair) for pair in element.split(";")]
        # A comma or semicolon within quotes cuts what is then no pair: such an element says nothing.
        said = [(each["name"].lower(), each["quoted"] or each["token"] or "") for each in pairs if each]
        found.append(dict(said) if len(said) == len(pairs) else {})
    return found
