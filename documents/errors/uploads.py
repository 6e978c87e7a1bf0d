"""What can be wrong with resumable uploads."""

from config.api.problems import Problem


class UnknownUpload(Problem):
    """There is no upload of this id, or not for you."""

    status = 422
    code = "unknown_upload"


class UnsupportedTus(Problem):
    """The version of the tus protocol is not spoken here."""

    status = 412
    code = "tus_version_unsupported"


class UploadExpired(Problem):
    """The upload was not finished or used in time, or was given up."""

    status = 410
    code = "upload_expired"


class UploadOffsetConflict(Problem):
    """The piece does not begin where the upload ends."""

    status = 409
    code = "upload_offset_conflict"


class UploadUnfinished(Problem):
    """Not all of the upload is here."""

    status = 409
    code = "upload_unfinished"


class UploadUsed(Problem):
    """The upload has become a document or an import already."""

    status = 409
    code = "upload_used"


class TooManyPieces(Problem):
    """The upload has come in too many pieces."""

    status = 409
    code = "too_many_pieces"


class ChecksumMismatch(Problem):
    """The piece did not arrive as it was sent, and is not kept."""

    status = 460  # of the tus protocol
    code = "checksum_mismatch"


class EmptyUpload(Problem):
    """The upload has no bytes."""

    status = 422
    code = "empty_file"
