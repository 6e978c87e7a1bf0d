"""Projects, members and documents over HTTP."""

from documents.views.documents import DocumentViewSet
from documents.views.members import MembershipViewSet
from documents.views.projects import ProjectViewSet

__all__ = ["DocumentViewSet", "MembershipViewSet", "ProjectViewSet"]
