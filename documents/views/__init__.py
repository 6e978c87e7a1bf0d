"""Projects, members and documents over HTTP."""

from documents.views.bulk import DocumentBulkViewSet
from documents.views.documents import DocumentViewSet
from documents.views.events import DocumentHistoryViewSet, EventViewSet
from documents.views.invitations import AcceptanceViewSet, InvitationViewSet, OfferViewSet
from documents.views.jobs import JobErrorViewSet, JobViewSet
from documents.views.members import MembershipViewSet
from documents.views.metadata_fields import MetadataFieldViewSet
from documents.views.near_duplicates import NearDuplicatesJobViewSet, NearDuplicatesViewSet
from documents.views.people import PersonErasureViewSet
from documents.views.projects import ProjectViewSet
from documents.views.revisions import RevisionViewSet
from documents.views.saved_filters import SavedFilterViewSet
from documents.views.service_accounts import ServiceAccountViewSet, ServiceTokenViewSet
from documents.views.uploads import UploadViewSet
from documents.views.usage import UsageViewSet
from documents.views.webhooks import DeliveryViewSet, WebhookViewSet

__all__ = [
    "AcceptanceViewSet",
    "DeliveryViewSet",
    "DocumentBulkViewSet",
    "DocumentHistoryViewSet",
    "DocumentViewSet",
    "EventViewSet",
    "InvitationViewSet",
    "JobErrorViewSet",
    "JobViewSet",
    "MembershipViewSet",
    "MetadataFieldViewSet",
    "NearDuplicatesJobViewSet",
    "NearDuplicatesViewSet",
    "OfferViewSet",
    "PersonErasureViewSet",
    "ProjectViewSet",
    "RevisionViewSet",
    "SavedFilterViewSet",
    "ServiceAccountViewSet",
    "ServiceTokenViewSet",
    "UploadViewSet",
    "UsageViewSet",
    "WebhookViewSet",
]
