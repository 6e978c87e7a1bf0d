"""Projects, members, documents and the event log in the admin."""

from documents.admin.documents import DocumentAdmin
from documents.admin.events import EventAdmin
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.admin.invitations import InvitationAdmin
from documents.admin.jobs import JobAdmin
from documents.admin.members import MembershipAdmin
from documents.admin.metadata_fields import MetadataFieldAdmin
from documents.admin.people import PersonAdmin
from documents.admin.projects import ProjectAdmin
from documents.admin.saved_filters import SavedFilterAdmin
from documents.admin.service_accounts import ServiceAccountAdmin
from documents.admin.webhooks import DeliveryAdmin, WebhookAdmin

__all__ = [
    "DeliveryAdmin",
    "DocumentAdmin",
    "EventAdmin",
    "InProjectAdmin",
    "InvitationAdmin",
    "JobAdmin",
    "MembershipAdmin",
    "MetadataFieldAdmin",
    "PersonAdmin",
    "ProjectAdmin",
    "ProjectFilter",
    "SavedFilterAdmin",
    "ServiceAccountAdmin",
    "WebhookAdmin",
]
