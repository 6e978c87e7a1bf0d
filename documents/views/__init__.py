"""Projects, members and documents over HTTP."""

from documents.views.documents import DocumentViewSet
from documents.views.invitations import AcceptanceViewSet, InvitationViewSet, OfferViewSet
from documents.views.members import MembershipViewSet
from documents.views.projects import ProjectViewSet
from documents.views.service_accounts import ServiceAccountViewSet, ServiceTokenViewSet

__all__ = [
    "AcceptanceViewSet",
    "DocumentViewSet",
    "InvitationViewSet",
    "MembershipViewSet",
    "OfferViewSet",
    "ProjectViewSet",
    "ServiceAccountViewSet",
    "ServiceTokenViewSet",
]
