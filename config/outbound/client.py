"""Ask another server: of an address that was judged, without redirects, briefly, a little."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import certifi
import httpcore

from config.outbound.addresses import Target, is_public, is_usual_port, target_of
from config.telemetry import asking

logger = logging.getLogger(__name__)
Resolve = Callable[[str, int], list[str]]


class OutboundRefused(Exception):
    """The request was not made, or not answered as it should be; why is for the log alone.

    `reason` is one word for whoever named the address: address_refused, unknown_host, timeout,
    certificate_refused, unreachable or unusable_answer.
    """

    def __init__(self, told: str, reason: str = "unusable_answer") -> None:
        super().__init__(told)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What a server answered: its body, in whole unless it is cut, headers in small letters."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object; raises OutboundRefused."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise OutboundRefused("no JSON") from error
        if not isinstance(found, dict):
            raise OutboundRefused("no JSON object")
        return found


def system_resolve(host: str, port: int) -> list[str]:
    """Return every address that the system knows for a host; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def authorities(own: str = "") -> ssl.SSLContext:
    """Return what holds servers to certificates for their names, whatever the environment says.

    They are of public authorities, or of those in the file `own` (PEM). Raises OSError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    if own:
        context.load_verify_locations(own)
    return context


@dataclass(frozen=True, kw_only=True)
class OutboundClient:
    """Asks with limits on time and size; `allowed_hosts` ("host:port") may lie anywhere.

    Each request has a connection of its own. There are no redirects, cookies, proxies or
    compressed answers, because the layer below (httpcore) knows of none. Longer answers than
    `max_bytes` are refused, or cut there by a client that `cuts`.
    """

    allowed_hosts: frozenset[str] = frozenset()
    seconds: float = 5.0
    max_bytes: int = 1_000_000
    cuts: bool = False
    resolve: Resolve = system_resolve
    trust: Callable[[], ssl.SSLContext] = field(default=authorities)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a resource; raises OutboundRefused."""
        return self._send("GET", url, headers or {}, None)

    def post(self, url: str, content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Send content; raises OutboundRefused."""
        return self._send("POST", url, headers or {}, content)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer:
        try:
            target = self._judged(url)
            with asking(method, str(target)) as trace:
                return self._exchanged(target, method, url, {**headers, **trace}, content)
        except (ValueError, OSError, *_FAILURES) as error:
            # Neither the whole address nor every error's text: they may hold what no log should.
            logger.warning("Refused to ask %a: %s", url[:80].partition("?")[0], _why(error))
            raise OutboundRefused("The server cannot be asked.", _reason(error)) from error

    def check(self, url: str) -> None:
        """Judge an address as a request to it would be, now; raises OutboundRefused."""
        try:
            target = self._judged(url)
            self.addresses_of(target.host, target.port, self.seconds)
        except (ValueError, OSError) as error:
            raise OutboundRefused("The server cannot be asked.", _reason(error)) from error

    def _judged(self, url: str) -> Target:
        target = target_of(url)
        if str(target) not in self.allowed_hosts and not is_usual_port(target.scheme, target.port):
            raise ValueError("a port of other protocols")
        return target

    def _exchanged(
        self,
        target: Target,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> Answer:
        backend = _JudgedBackend(self, time.monotonic() + self.seconds)
        own = {"Host": _host_header(target), "Accept-Encoding": "identity", "Connection": "close"}
        told = [
            (name.encode(), value.encode("ascii")) for name, value in {**own, **headers}.items()
        ]
        tls = self.trust() if target.scheme == "https" else None
        with (
            httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
            pool.stream(method, url, headers=told, content=content) as response,
        ):
            body = self._bounded(response.iter_stream())
            answered = {_text(name).lower(): _text(value) for name, value in response.headers}
            return Answer(response.status, body, answered)

    def _bounded(self, chunks: Iterable[bytes]) -> bytes:
        body = bytearray()
        for chunk in chunks:
            body += chunk
            if len(body) > self.max_bytes:
                if self.cuts:
                    break
                raise ValueError("too long an answer")
        return bytes(body[: self.max_bytes])

    def addresses_of(self, host: str, port: int, seconds: float) -> list[str]:
        """Return a host's addresses once all were judged; raises ValueError, OSError."""
        addresses = _within(seconds, lambda: self.resolve(host, port))
        is_allowed = str(Target("", host, port)) in self.allowed_hosts
        if not addresses or not (is_allowed or all(map(is_public, addresses))):
            raise ValueError("no public address")
        return addresses


_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


def _text(header: bytes) -> str:
    return header.decode("latin-1")


def _reason(error: Exception) -> str:
    match error:
        case httpcore.TimeoutException() | TimeoutError():
            return "timeout"
        case socket.gaierror():
            return "unknown_host"
        case ValueError():
            return "address_refused"
        case httpcore.NetworkError() if isinstance(error.__context__, ssl.SSLError):
            return "certificate_refused"
        case httpcore.NetworkError() | OSError():
            return "unreachable"
    return "unusable_answer"


def _why(error: Exception) -> str:
    is_plain = type(error) is ValueError or isinstance(error, (OSError, httpcore.NetworkError))
    return str(error) if is_plain else type(error).__name__


def _host_header(target: Target) -> str:
    default = {"http": ":80", "https": ":443"}[target.scheme]
    return str(target).removesuffix(default)


def _within(seconds: float, ask: Callable[[], list[str]]) -> list[str]:
    """Return what a function without a time limit of its own returns; raises its error, OSError."""
    found: list[list[str] | BaseException] = []

    def run() -> None:
        try:
            found.append(ask())
        except (OSError, ValueError) as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise TimeoutError("the name server did not answer")
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


class _JudgedBackend(httpcore.NetworkBackend):
    """Connects to the address that was judged, whatever the name means a moment later."""

    def __init__(self, client: OutboundClient, deadline: float) -> None:
        self._client = client
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers."""
        addresses = self._client.addresses_of(host, port, _left(self._deadline))
        failure: Exception = OSError("no address")
        for address in addresses:
            try:
                stream = self._sockets.connect_tcp(address, port, _left(self._deadline))
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                failure = error
                continue
            if stream.get_extra_info("server_addr")[0] != address:
                stream.close()
                raise ValueError("connected elsewhere")
            return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection on which everything together must end by a moment."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("it took too long")
    return seconds
