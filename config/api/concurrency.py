"""No lost update, nothing read twice: strong ETags and what is asked of them (RFC 9110)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from django.utils.http import parse_etags
from rest_framework.request import Request

from config.api.problems import InvalidHeader, PreconditionRequired, StaleVersion

_ENTITY_TAG = re.compile(r'(?:W/)?"(?P<version>[0-9]{1,18})(?:\.\w+)?"')


class Versioned(Protocol):
    """Whatever carries a version that counts its changes."""

    version: int


@dataclass(frozen=True)
class Precondition:
    """The versions that a writer has seen; None stands for any (`If-Match: *`)."""

    versions: frozenset[int] | None

    def check(self, current: Versioned) -> None:
        """Raise StaleVersion unless the writer has seen the (locked) current version."""
        if self.versions is not None and current.version not in self.versions:
            raise StaleVersion(current)


ANY_VERSION = Precondition(None)


def etag(resource: Versioned, variant: str = "") -> str:
    """Return the strong ETag of one representation; a variant is e.g. an offset unit."""
    return f'"{resource.version}.{variant}"' if variant else f'"{resource.version}"'


def is_known(request: Request, tag: str) -> bool:
    """Return whether a reader has the representation (If-None-Match, section 13.1.2)."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or tag in {one.removeprefix("W/") for one in known}


def if_match(request: Request) -> Precondition:
    """Return what If-Match says; raises PreconditionRequired without one, InvalidHeader."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        raise PreconditionRequired('Send If-Match with the ETag that you read, e.g. "3".')
    return _parse(header)


def if_match_or_any(request: Request) -> Precondition:
    """Return what If-Match says where it is optional; raises InvalidHeader."""
    header = request.headers.get("If-Match", "").strip()
    return _parse(header) if header else ANY_VERSION


def _parse(header: str) -> Precondition:
    if header == "*":
        return ANY_VERSION
    tags = [_ENTITY_TAG.fullmatch(tag.strip()) for tag in header.split(",")]
    if not all(tags):
        raise InvalidHeader(f'If-Match: expected ETags such as "3", found {header[:80]!a}.')
    return Precondition(frozenset(int(tag["version"]) for tag in tags if tag))
