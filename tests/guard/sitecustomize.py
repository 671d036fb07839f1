"""No network in tests, but for this machine itself; Python reads this file when it starts."""

import ipaddress
import sys

NAMES = ("localhost", "localhost.localdomain", "")


def is_here(host: object) -> bool:
    """Whether a host of a connection is this machine."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if text is None or text in NAMES:
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def refuse(event: str, arguments: tuple) -> None:
    """An audit hook that stops connections to, and look-ups of, other machines."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    if not is_here(host):
        raise ConnectionRefusedError(f"tests use no network: {event} to {host!r} was stopped")


sys.addaudithook(refuse)
