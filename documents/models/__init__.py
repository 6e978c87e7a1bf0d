"""Projects, who is in them, their documents and the texts of these."""

from documents.models.document import Document, Split, Status
from documents.models.project import Membership, Project, Role
from documents.models.revision import Revision
from documents.models.worker import Worker

__all__ = ["Document", "Membership", "Project", "Revision", "Role", "Split", "Status", "Worker"]
