"""What can be wrong with projects and the people in them."""

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
    """The invitation is unknown, taken up, revoked or expired, or its maker may invite no more."""

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


class NotOwner(Problem):
    """It belongs to somebody else."""

    status = 403
    code = "not_owner"


class SuperusersOnly(Problem):
    """Only superusers may do this."""

    status = 403
    code = "superusers_only"


class QuotaExceeded(Problem):
    """The project may not keep as much."""

    status = 413
    code = "quota_exceeded"


class MetadataFieldTaken(Problem):
    """The project declares metadata of this name already."""

    status = 409
    code = "metadata_field_taken"


class SavedFilterTaken(Problem):
    """A saved filter of yours in this project has this name."""

    status = 409
    code = "saved_filter_taken"
