"""What goes in and out of projects, members and documents."""

from documents.serializers.documents import (
    MAX_INTEGER,
    UNITS,
    BlockSerializer,
    BoxesSerializer,
    DocumentFromFile,
    DocumentFromText,
    DocumentProperties,
    DocumentSerializer,
    JSONObjectField,
    LayoutSerializer,
    ProcessingErrorSerializer,
    RevisionSerializer,
    TextRangeQuery,
    TextRangeSerializer,
)
from documents.serializers.invitations import (
    MAX_TOKEN,
    InvitationInput,
    InvitationSerializer,
    InvitedInput,
    NewInvitationSerializer,
    OfferSerializer,
    TokenInput,
)
from documents.serializers.members import (
    MemberInput,
    MembershipSerializer,
    RoleInput,
    TransferInput,
)
from documents.serializers.projects import OF_RESOURCE, ProjectInput, ProjectSerializer
from documents.serializers.service_accounts import ServiceAccountInput, ServiceAccountSerializer

__all__ = [
    "MAX_INTEGER",
    "MAX_TOKEN",
    "OF_RESOURCE",
    "UNITS",
    "BlockSerializer",
    "BoxesSerializer",
    "DocumentFromFile",
    "DocumentFromText",
    "DocumentProperties",
    "DocumentSerializer",
    "InvitationInput",
    "InvitationSerializer",
    "InvitedInput",
    "JSONObjectField",
    "LayoutSerializer",
    "MemberInput",
    "MembershipSerializer",
    "NewInvitationSerializer",
    "OfferSerializer",
    "ProcessingErrorSerializer",
    "ProjectInput",
    "ProjectSerializer",
    "RevisionSerializer",
    "RoleInput",
    "ServiceAccountInput",
    "ServiceAccountSerializer",
    "TextRangeQuery",
    "TextRangeSerializer",
    "TokenInput",
    "TransferInput",
]
