"""Which addresses of platforms may be called, and which URLs lie on one host."""

import ipaddress
import socket
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def acceptable_url(url: str) -> bool:
    """Tell whether a platform's URL may be called: https, or http on this machine itself."""
    parts = _split(url)
    if parts is None or "@" in parts.netloc or not parts.hostname:
        return False
    loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)


def same_host(url: str, known: Sequence[str]) -> bool:
    """Tell whether a URL lies on the scheme, host and port of one of the known URLs."""
    return origin(url) in {origin(other) for other in known} - {""}


@lru_cache(1024)
def origin(url: str) -> str:
    """Return scheme, host and port of a URL as in an Origin header; empty for what is no URL."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in {None, usual} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def origin_of_host(host: str) -> str:
    """Return the origin of ``host``, ``host:port`` or a URL without path; empty for anything else."""
    url = host if "://" in host else f"https://{host}"
    parts = _split(url)
    # A star would only look as if it meant all hosts of a school.
    is_bare = parts and "*" not in host and not (parts.path.strip("/") or parts.query)
    return origin(url) if is_bare and acceptable_url(url) else ""


def _split(url: str) -> SplitResult | None:
    """Return the parts of a URL; None where it cannot be read or readers may differ on it."""
    if not url.isascii() or any(c <= " " or c in "\\\x7f" for c in url):
        return None
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            # Nobody listens there, and some readers take it for no port at all.
            return None
    except ValueError:
        return None
    # Whoever sends the request would decode it: https://%30/ leads to https://0/. The others
    # would end an origin where it stands in a header.
    return None if set(parts.netloc) & set("%;,'\"") else parts


class AddressGuard:
    """Resolves a host once and refuses addresses that no platform may have."""

    def __init__(self, permitted: Sequence[Network]) -> None:
        self._permitted = permitted

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses to try in turn; raise PermissionError if none is permitted."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
        places = dict.fromkeys(str(place[0]) for *_, place in found)
        permitted = [address for address in places if self.allows(address)]
        if not permitted:
            raise PermissionError(f"{host} lies in a network that is not permitted")
        return permitted

    def allows(self, address: str) -> bool:
        """Tell whether an address is public or in a permitted private network."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address):
            # Tunnels carry an IPv4 address that must be judged itself.
            inner = ip.ipv4_mapped or ip.sixtofour or _nat64(ip)
            if inner is not None:
                ip = inner
        if any(
            ip.version == network.version and ip in network
            for network in self._permitted
        ):
            return True
        return ip.is_global and not ip.is_multicast and _is_plain(ip)


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out; outside lie translated, site-local and IPv4-compatible addresses."""
_ODD = tuple(
    ipaddress.ip_network(network)
    # Teredo, examples, protocol assignments, former relays to 6to4, what Azure tells its machines.
    for network in (
        "2001::/32",
        "3fff::/20",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "168.63.129.16/32",
    )
)


def _is_plain(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address that Python calls global leads nowhere but into the internet."""
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_IPV6:
        return False
    return not any(ip in network for network in _ODD if network.version == ip.version)
