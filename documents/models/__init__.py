"""Projects, who is in them, their documents, the texts of these, and the work on them."""

from documents.models.document import Document, Split, Status
from documents.models.fingerprint import Fingerprint, GroupMember
from documents.models.invitation import Invitation
from documents.models.job import Job, JobError, JobKind, JobState
from documents.models.project import DuplicatePolicy, Membership, Project, Role
from documents.models.revision import Revision
from documents.models.search import (
    MetadataField,
    MetadataType,
    MetadataValue,
    SavedFilter,
    SearchEntry,
    Unindexed,
)
from documents.models.service_account import ServiceAccount
from documents.models.tally import Tally
from documents.models.upload import Upload
from documents.models.usage import Usage
from documents.models.webhook import Delivery, DeliveryState, Webhook
from documents.models.worker import Worker

__all__ = [
    "Delivery",
    "DeliveryState",
    "Document",
    "DuplicatePolicy",
    "Fingerprint",
    "GroupMember",
    "Invitation",
    "Job",
    "JobError",
    "JobKind",
    "JobState",
    "Membership",
    "MetadataField",
    "MetadataType",
    "MetadataValue",
    "Project",
    "Revision",
    "Role",
    "SavedFilter",
    "SearchEntry",
    "ServiceAccount",
    "Split",
    "Status",
    "Tally",
    "Unindexed",
    "Upload",
    "Usage",
    "Webhook",
    "Worker",
]
