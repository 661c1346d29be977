"""What permanent links begin with: never what a stranger wrote into a Host header."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.security.addresses import is_any, is_loopback, split_host
from api.settings import Settings


def base_url(connection: HTTPConnection, settings: Settings) -> str:
    """Return the address that permanent links begin with.

    ANWEN_BASE_URL; else the host the client used, if the settings allow it; else the address that it reached us at.
    """
    if settings.base_url:
        return settings.base_url
    hosts = connection.headers.getlist("host")
    host = hosts[0].lower() if len(hosts) == 1 and is_allowed(hosts[0], settings) else _own(connection, settings)
    root = connection.scope.get("app_root_path", connection.scope.get("root_path", ""))
    return f"{connection.scope['scheme']}://{host}{root.rstrip('/')}/"


def is_allowed(host: str, settings: Settings) -> bool:
    """Tell whether a Host header is one that links may begin with."""
    parts = split_host(host)
    if parts is None:
        return False
    name, port = parts
    if settings.allowed_hosts:
        return _is_among(name, port, settings.allowed_hosts)
    return is_loopback(name) or (not is_any(settings.host) and name.strip("[]") == settings.host.lower())


def citable(url: str) -> str:
    """Return a permanent link as it may stand in a reference: none that leads only back to the reader's own machine."""
    host = urlsplit(url).hostname or ""
    return "" if is_loopback(host) or is_any(host) else url


def _is_among(name: str, port: str, allowed: Sequence[str]) -> bool:
    # A name in the settings without a port goes for all: what is forwarded comes by another port.
    for entry in allowed:
        known = split_host(entry)
        if known and known[0] == name and known[1] in ("", port):
            return True
    return False


def _own(connection: HTTPConnection, settings: Settings) -> str:
    # The end of the connection that is here, which no header can change; None for a socket in the file system.
    host, port = connection.scope.get("server") or (settings.host, settings.port)
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(connection.scope["scheme"])
    return shown if port in (None, default) else f"{shown}:{port}"
