"""Projects, who is in them, their documents and the texts of these."""

from documents.models.document import Document, Split, Status
from documents.models.invitation import Invitation
from documents.models.project import Membership, Project, Role
from documents.models.revision import Revision
from documents.models.service_account import ServiceAccount
from documents.models.worker import Worker

__all__ = [
    "Document",
    "Invitation",
    "Membership",
    "Project",
    "Revision",
    "Role",
    "ServiceAccount",
    "Split",
    "Status",
    "Worker",
]
