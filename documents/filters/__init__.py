"""What lists can be filtered by: public names only; nothing of a request names a column."""

from documents.filters.documents import DocumentFilter
from documents.filters.jobs import JobFilter
from documents.filters.projects import InvitationFilter, ProjectFilter
from documents.filters.saved import check_query
from documents.filters.webhooks import DeliveryFilter

__all__ = [
    "DeliveryFilter",
    "DocumentFilter",
    "InvitationFilter",
    "JobFilter",
    "ProjectFilter",
    "check_query",
]
