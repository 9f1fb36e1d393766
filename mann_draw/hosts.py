"""The names by which browsers may call the server of the page."""

import ipaddress
import re
import socket

from starlette.responses import PlainTextResponse

# A name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port.
_HOST = re.compile(r"(?:\[(?P<ipv6>[^\[\]]*)\]|(?P<name>[^\[\]:]*))(?::\d*)?")


class CheckHost:
    """Middleware that answers only requests to an IP address, or to a name of this machine.

    Else a page of another site could call the server by a name of its own that it lets point here,
    and read its answers. No site can do so with an address, nor with a name of this machine.

    Args:
        app: the ASGI application to protect.
        names: more names to answer to than `localhost` and those of this machine. Defaults to none.
    """

    def __init__(self, app, names=()):
        self._app = app
        given = {name.lower() for name in names if not _is_address(name)}
        self._names = {"localhost", *_name_machine(), *given}

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            host = hosts[0].decode("latin-1") if len(hosts) == 1 else ""
            if not self._answers(host):
                return await self._refuse(host)(scope, receive, send)
        await self._app(scope, receive, send)

    def _answers(self, host):
        name = read_host(host)
        return name in self._names or _is_address(name)

    def _refuse(self, host):
        names = ", ".join(sorted(self._names))
        return PlainTextResponse(
            f"This server does not answer to {host or 'no name'}, only to IP addresses and to: "
            f"{names}. Open the page by one of these, or start mann draw with the name as --host.",
            400,
        )


def read_host(host):
    """Returns the name or the address in a Host header, in lower case; empty if there is none.

    >>> read_host("LocalHost:8420"), read_host("[::1]:8420"), read_host("::1")
    ('localhost', '::1', '')
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return ""
    # With a dot at its end, a name means the same.
    return (match["ipv6"] or match["name"] or "").lower().removesuffix(".")


def _name_machine():
    name = socket.gethostname().lower() or "localhost"
    short = name.partition(".")[0]
    # Other machines of a local network know it by the last of these.
    return {name, short, f"{short}.local"}


def _is_address(name):
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
