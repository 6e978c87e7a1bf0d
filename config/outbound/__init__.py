"""The one client for every request that the server makes: guarded against leading it inside."""

from config.outbound.client import Answer, OutboundClient, OutboundRefused, authorities

__all__ = ["Answer", "OutboundClient", "OutboundRefused", "authorities"]
