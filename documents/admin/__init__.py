"""Projects, members, documents and the event log in the admin."""

from documents.admin.documents import DocumentAdmin
from documents.admin.events import EventAdmin
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.admin.invitations import InvitationAdmin
from documents.admin.members import MembershipAdmin
from documents.admin.projects import ProjectAdmin
from documents.admin.service_accounts import ServiceAccountAdmin

__all__ = [
    "DocumentAdmin",
    "EventAdmin",
    "InProjectAdmin",
    "InvitationAdmin",
    "MembershipAdmin",
    "ProjectAdmin",
    "ProjectFilter",
    "ServiceAccountAdmin",
]
