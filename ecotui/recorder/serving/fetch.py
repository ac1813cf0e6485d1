"""One question to a server, with an end in time and size, and without credentials in anything that is said."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Timer
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from ecotui.core.errors import UsageError
from ecotui.core.units import clean
from ecotui.recorder.serving.metrics import ServerError

TIMEOUT_S = 5.0
LARGEST_B = 8 * 1024 * 1024
HOPS = 3
EXAMPLE = "For instance --metrics http://localhost:8000/metrics."
ADVICE = {
    401: "Put user and password into the address: http://USER:PASSWORD@HOST:PORT/metrics.",
    403: "Put user and password into the address: http://USER:PASSWORD@HOST:PORT/metrics.",
    404: "SGLang tells metrics only with --enable-metrics; else check the path.",
    501: "llama-server tells metrics only with --metrics.",
}


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where the metrics are. Only `shown` may be told: the rest may hold secrets."""

    scheme: str
    host: str
    port: int
    target: str
    authorization: str = ""
    guessed: bool = False
    """Whether a host was typed and nothing else: scheme, port and path are ecotui's."""

    @property
    def shown(self) -> str:
        """Without user, password and query."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return clean(f"{self.scheme}://{host}:{self.port}{self.target.partition('?')[0]}", 200)

    def __repr__(self) -> str:
        return f"Address({self.shown})"


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of metrics and when the server made it."""

    text: str
    at_ns: int
    half_width_ns: int


def address_of(text: str) -> Address:
    """The address that was typed; a missing scheme is http, a missing path /metrics.

    Raises:
        UsageError: it is none; the sentence does not repeat it, since it may hold a password.
    """
    try:
        parts = urlsplit(text.strip() if "://" in text else f"http://{text.strip()}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise UsageError("--metrics is no address.", EXAMPLE) from error
    if parts.scheme not in ("http", "https"):
        raise UsageError("--metrics must be an address of http or https.", EXAMPLE)
    if not parts.hostname or any(ord(c) <= 32 or ord(c) == 127 for c in text.strip()):
        raise UsageError("--metrics names no host.", EXAMPLE)
    target = (parts.path if parts.path not in ("", "/") else "/metrics") + (f"?{parts.query}" if parts.query else "")
    try:
        target.encode("ascii")
    except UnicodeEncodeError as error:
        raise UsageError("--metrics holds letters that no address has.", EXAMPLE) from error
    guessed = "://" not in text and parts.port is None and target == "/metrics" and "/" not in text
    return Address(parts.scheme, parts.hostname, port, target, _authorization(parts), guessed)


def _authorization(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def fetch(address: Address, timeout_s: float = TIMEOUT_S, clock: Callable[[], int] = time.monotonic_ns) -> Answer:
    """Ask once; a redirect is followed on the same host only, so that credentials go nowhere else.

    Raises:
        ServerError: no answer in time, too large a one, or none of metrics.
    """
    asked = address
    for _ in range(HOPS):
        connection = _connection(asked, timeout_s)
        try:
            found = _ask(connection, asked, timeout_s, clock)
        except ServerError:
            raise
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            what = f"{address.shown} does not answer ({_reason(error, timeout_s)})."
            raise ServerError(what, "Check that the server runs, and its host and port.") from error
        finally:
            connection.close()
        if isinstance(found, Answer):
            return found
        asked = _onward(asked, found)
    raise ServerError(f"{address.shown} redirects in circles.", "Name the address of the metrics themselves.")


def _ask(
    connection: http.client.HTTPConnection, address: Address, timeout_s: float, clock: Callable[[], int]
) -> Answer | str:
    """The answer, or where a redirect leads."""
    connection.connect()
    expired = Event()
    late = Timer(timeout_s, _hang_up, (connection.sock, expired))  # a server may drip, each byte within its time
    late.daemon = True
    late.start()
    try:
        begun_ns = clock()
        headers = {"Accept": "text/plain", "Accept-Encoding": "identity", "User-Agent": "ecotui"}
        if address.authorization:
            headers["Authorization"] = address.authorization
        connection.request("GET", address.target, headers=headers)
        response = connection.getresponse()
        half_ns = (clock() - begun_ns) // 2
        if response.status in (301, 302, 303, 307, 308):
            return response.getheader("Location") or ""
        if response.status != 200:
            advice = ADVICE.get(response.status, "Check host, port and path.")
            raise ServerError(f"{address.shown} answers with HTTP {response.status}.", advice)
        body = response.read(LARGEST_B + 1)
    except (OSError, http.client.HTTPException) as error:
        if expired.is_set():  # hung up by us, which looks like an answer that breaks off
            raise TimeoutError from error
        raise
    finally:
        late.cancel()
    if expired.is_set():  # what was read until then is a part, and would look like counters that began anew
        raise TimeoutError
    if len(body) > LARGEST_B:
        raise ServerError(f"{address.shown} answers with more than 8 MiB.", "Name the address of its metrics.")
    return Answer(body.decode("utf-8", "replace"), begun_ns + half_ns, half_ns)


def _connection(address: Address, timeout_s: float) -> http.client.HTTPConnection:
    if address.scheme == "https":
        return http.client.HTTPSConnection(
            address.host, address.port, timeout=timeout_s, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(address.host, address.port, timeout=timeout_s)


def _hang_up(sock: socket.socket | None, expired: Event) -> None:
    expired.set()
    with suppress(OSError):
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)


def _onward(address: Address, location: str) -> Address:
    try:
        there = address_of(urljoin(f"{address.scheme}://{_netloc(address)}{address.target}", location))
    except (UsageError, ValueError) as error:
        raise ServerError(f"{address.shown} redirects to nowhere.", "Check host, port and path.") from error
    if (there.scheme, there.host, there.port) != (address.scheme, address.host, address.port):
        raise ServerError(f"{address.shown} redirects to {there.shown}.", "Name that address if it is the one meant.")
    return Address(there.scheme, there.host, there.port, there.target, address.authorization)


def _netloc(address: Address) -> str:
    return f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"


def _reason(error: Exception, timeout_s: float) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing within {timeout_s:g} s"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {clean(error.reason or error, 100)}"
    if isinstance(error, http.client.BadStatusLine | http.client.IncompleteRead):
        return "the answer breaks off"
    return clean(getattr(error, "strerror", None) or type(error).__name__, 100)
