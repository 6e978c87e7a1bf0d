"""What can be wrong with projects, members and documents."""

from config.api.problems import Problem


class SlugTaken(Problem):
    """Another project has this slug."""

    status = 409
    code = "slug_taken"


class AlreadyMember(Problem):
    """The person is a member of the project already."""

    status = 409
    code = "already_member"


class UnknownPerson(Problem):
    """Nobody who can be added has an account with this e-mail."""

    status = 422
    code = "unknown_person"


class NoSuccessor(Problem):
    """The project cannot be handed over to this member."""

    status = 422
    code = "no_successor"


class OfServiceAccount(Problem):
    """A service account is a member of its project as long as it exists."""

    status = 409
    code = "of_service_account"


class InvitationInvalid(Problem):
    """The invitation is unknown, was taken up or revoked, or has expired."""

    status = 404
    code = "invitation_invalid"


class InvitationClosed(Problem):
    """The invitation was taken up or revoked already."""

    status = 409
    code = "invitation_closed"


class NotInvited(Problem):
    """The invitation is for somebody with another e-mail."""

    status = 403
    code = "not_invited"


class ExternalIdTaken(Problem):
    """Another document of the project has this external_id."""

    status = 409
    code = "external_id_taken"


class DocumentNotReady(Problem):
    """The document has no text yet."""

    status = 409
    code = "document_not_ready"


class NoSource(Problem):
    """The document was made from text, not from a file."""

    status = 409
    code = "no_source"


class SourceMissing(Problem):
    """The stored file is gone from the storage."""

    status = 410
    code = "source_missing"


class BeingProcessed(Problem):
    """A worker has the document at hand."""

    status = 409
    code = "being_processed"


class OffsetOutOfRange(Problem):
    """The offsets do not lie in the text."""

    status = 422
    code = "offset_out_of_range"
