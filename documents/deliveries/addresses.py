"""Which addresses webhooks may have: https on the open internet, or what the operator allows."""

from __future__ import annotations

from django.conf import settings

from config.outbound import OutboundClient, OutboundRefused
from config.outbound.addresses import target_of

MAX_ANSWER_BYTES = 4000  # a thousand characters of any script


def client() -> OutboundClient:
    """Return what asks receivers: it follows no redirect, and reads the answer's beginning."""
    return OutboundClient(
        allowed_hosts=frozenset(settings.WEBHOOK_ALLOWED_HOSTS),
        seconds=settings.WEBHOOK_SECONDS,
        max_bytes=MAX_ANSWER_BYTES,
        cuts=True,
    )


def check_address(url: str) -> None:
    """Judge an address by what its name means now; raises OutboundRefused."""
    check_scheme(url)
    client().check(url)


def check_scheme(url: str) -> None:
    """Raise OutboundRefused unless it is https, or of a host that the operator allows."""
    try:
        target = target_of(url)
    except ValueError as error:
        raise OutboundRefused("no plain address", "address_refused") from error
    if target.scheme != "https" and str(target) not in settings.WEBHOOK_ALLOWED_HOSTS:
        raise OutboundRefused("not https", "address_refused")
