"""What surrounds every request: its id, its true address, and the front gate."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from config.api import replica
from config.api.errors import problem_response
from config.api.request_id import bound_request_id
from config.at_hand import having_at_hand, note_ids, user_id_of

GetResponse = Callable[[HttpRequest], HttpResponse]
Address = IPv4Address | IPv6Address | None
POLICY_OF_DATA = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
MAX_QUERY = 8_000
MAX_ACCEPT = 1_000


class RequestIdMiddleware:
    """Give each request an id, or keep the caller's, and tell it in X-Request-ID."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        proposed = request.headers.get("X-Request-ID")
        with bound_request_id(proposed) as request_id, having_at_hand(partial(user_id_of, request)):
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
        note_ids(request, request_id)
        return response


class ClientAddressMiddleware:
    """Believe forwarding headers only from TRUSTED_PROXIES (addresses or networks).

    REMOTE_ADDR becomes the last address in X-Forwarded-For that is no trusted proxy; from
    anybody else the forwarding headers are removed.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.trusted = [ip_network(proxy) for proxy in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        client = _parsed(request.META.get("REMOTE_ADDR", ""))
        if self._is_trusted(client):
            client = self._told_by_proxies(client, request)
        else:
            for name in ("FOR", "PROTO", "HOST", "PORT"):
                request.META.pop(f"HTTP_X_FORWARDED_{name}", None)
        request.META["REMOTE_ADDR"] = str(client or "")
        return self.get_response(request)

    def _is_trusted(self, address: Address) -> bool:
        return address is not None and any(address in network for network in self.trusted)

    def _told_by_proxies(self, proxy: Address, request: HttpRequest) -> Address:
        believed = proxy
        for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            told = _parsed(hop)
            if told is None:  # nonsense before this point was not written by a proxy of ours
                return believed
            believed = told
            if not self._is_trusted(believed):
                return believed
        return believed


def _parsed(address: str) -> Address:
    """Read an address; IPv4 within IPv6, as sockets that speak both tell it, is IPv4."""
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


class ContentPolicyMiddleware(CSPMiddleware):
    """Let pages do what settings say, and data nothing: a browser that is shown some is at rest."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        """Set the policy; that of pages is put together anew each time, for it has a nonce."""
        if "json" not in response.headers.get("Content-Type", ""):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, POLICY_OF_DATA)
        return response


class ResourcePolicyMiddleware:
    """Keep our answers out of other sites' pages; CORS still lets allowed origins read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class ReplicaMiddleware:
    """Note who may have written, of the API and the admin alike: they read nothing older."""

    def __init__(self, get_response: GetResponse) -> None:
        if not replica.is_used():
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            replica.renew(str(request.user.pk or replica.NOBODY))
        return response


class FrontGateMiddleware:
    """Refuse what no route takes, before anything is read or looked up."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._refusal(request) or self.get_response(request)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        headers, long_query = request.headers, len(request.META.get("QUERY_STRING", "")) > MAX_QUERY
        refusals = (
            (
                long_query,
                414,
                "query_too_long",
                f"The query string holds at most {MAX_QUERY} bytes.",
            ),
            (
                len(headers.get("Accept", "")) > MAX_ACCEPT,
                *(400, "invalid_header", f"The Accept header holds at most {MAX_ACCEPT} bytes."),
            ),
            (
                "Transfer-Encoding" in headers,  # Django would take the body for an empty one
                *(411, "length_required", "Send the body with a Content-Length, not in chunks."),
            ),
            (
                headers.get("Content-Encoding", "identity") != "identity",
                *(415, "unsupported_media_type", "Bodies are taken without Content-Encoding."),
            ),
            ("\x00" in request.path, 404, "not_found", "No such address."),
            (
                any("\x00" in value for value in request.COOKIES.values()),
                *(400, "invalid_header", "A cookie holds U+0000."),
            ),
        )
        for refused, status, code, detail in refusals:
            if refused:
                return problem_response(request, int(status), str(code), str(detail))
        return None
