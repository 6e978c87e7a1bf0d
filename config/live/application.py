"""The live process over HTTP (ASGI): events as they come, for who has a ticket."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings

from config.api.problems import InvalidQuery, Problem, Unavailable
from config.api.request_id import bound_request_id, current_request_id
from config.live.hub import Hub
from config.live.reading import admitted
from config.live.streams import AWAY, Channel, Stream
from documents.services.event_feed import NOW, place_of
from documents.services.live_tickets import read_ticket

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
HEARTBEAT_SECONDS = 15.0
SEND_SECONDS = 30.0  # who takes nothing for that long is let go
HEARTBEAT = b":\n\n"
ADDRESS = re.compile(r"(?:/.*)?/projects/([0-9a-f-]{36})/events")
PLAIN = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
STREAM = PLAIN | {"content-type": "text/event-stream", "x-accel-buffering": "no"}


class NotHere(Problem):
    """No such address."""

    status = 404
    code = "not_found"


class MethodRefused(Problem):
    """The method is not one of this address."""

    status = 405
    code = "method_not_allowed"


class LiveApplication:
    """Answers `GET …/projects/{id}/events?ticket=…` and /healthz, and CORS's preflights."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope)
        with bound_request_id(request.headers.get("x-request-id")):
            try:
                await self._answer(request, receive, send)
            except Problem as problem:
                await _refuse(request, problem, send)
            except AWAY:
                away = Unavailable("Try again soon.", headers={"retry-after": "5"})
                await _refuse(request, away, send)

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        if request.method == "OPTIONS":
            return await _whole(send, 204, request.cors(preflight=True), b"")
        if request.method not in {"GET", "HEAD"}:
            raise MethodRefused(request.method)
        if request.path == "/healthz":
            return await _whole(send, 200, {"content-type": "application/json"}, b'{"status":"ok"}')
        stream = await self._stream(request)
        async with self.hub.joined(stream) as channel:
            await _begin(send, 200, STREAM | request.cors())
            gone = asyncio.create_task(_until_gone(receive, stream))
            try:
                await _send_on(stream, channel, send)
            finally:
                gone.cancel()
        return None

    async def _stream(self, request: Request) -> Stream:
        """Return the stream that a request asks for; raises what is wrong with it."""
        match = ADDRESS.fullmatch(request.path)
        if not match:
            raise NotHere("Ask the API for the address of a stream.")
        try:
            project = UUID(match[1])
        except ValueError as error:
            raise NotHere("Ask the API for the address of a stream.") from error
        ticket = read_ticket(request.parameter("ticket"), project)
        await self.hub.ask(admitted, ticket)
        after = request.headers.get("last-event-id") or request.parameter("after") or NOW
        return Stream(ticket, await self.hub.ask(place_of, after))


class Request:
    """What is asked, of an ASGI scope."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=10)
        told = (
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        )
        self.headers = dict(told)

    def parameter(self, name: str) -> str:
        """Return a parameter of the query, "" without; raises InvalidQuery for several."""
        values = self._query.get(name, [""])
        if len(values) > 1:
            raise InvalidQuery(name, "Given more than once.")
        return str(values[0])

    def cors(self, *, preflight: bool = False) -> dict[str, str]:
        """Return the headers that let pages of the origins that the API knows read the answer.

        Whoever is led here from one origin by way of the API's comes from `null`. That opens
        nothing: what lets in is the ticket, which only known origins can get.
        """
        origin, allowed = self.headers.get("origin", ""), settings.CORS_ALLOWED_ORIGINS
        told = {"vary": "Origin"}
        if origin not in allowed and not (origin == "null" and allowed):
            return told
        told |= {"access-control-allow-origin": origin}
        told |= {"access-control-expose-headers": "x-request-id"}
        if preflight:
            told |= {"access-control-allow-methods": "GET"}
            told |= {"access-control-allow-headers": "cache-control, last-event-id"}
        return told


async def _send_on(stream: Stream, channel: Channel, send: Send) -> None:
    """Send what comes, and signs of life between, until the end or a client that takes nothing."""
    await _part(send, f"retry: 3000\nid: {stream.place}\n\n".encode())
    while (text := await stream.next(HEARTBEAT_SECONDS)) is not None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await _part(send, text or HEARTBEAT)
        except TimeoutError:
            return
        channel.sent(stream)
    await _part(send, b"", more=False)


async def _until_gone(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


async def _begin(send: Send, status: int, headers: Mapping[str, str]) -> None:
    told = dict(headers) | {"x-request-id": current_request_id()}
    pairs = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


async def _part(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _whole(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    await _begin(send, status, {**PLAIN, **headers, "content-length": str(len(body))})
    await _part(send, body, more=False)


async def _refuse(request: Request, problem: Problem, send: Send) -> None:
    body = {
        "type": f"urn:postil:problem:{problem.code}",
        "title": problem.title(),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "instance": request.path,
        "request_id": current_request_id(),
        **problem.members,
    }
    headers = {"content-type": "application/problem+json", **problem.headers, **request.cors()}
    await _whole(send, problem.status, headers, json.dumps(body).encode())
