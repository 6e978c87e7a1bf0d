"""What can be wrong with documents, their texts and their erasure."""

from config.api.problems import Problem


class ExternalIdTaken(Problem):
    """Another document of the project has this external_id."""

    status = 409
    code = "external_id_taken"


class InvalidDocument(Problem):
    """A document among many is not valid."""

    status = 422
    code = "invalid_document"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)


class DuplicateDocument(Problem):
    """Another document of the project has this content."""

    status = 409
    code = "duplicate_document"


class InvalidMetadata(Problem):
    """The metadata are not as the project declares them."""

    status = 422
    code = "invalid_metadata"


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


class RangeTooLong(Problem):
    """A longer part of the text is asked for than is answered at once."""

    status = 422
    code = "range_too_long"


class DocumentLive(Problem):
    """Only what was deleted can be erased."""

    status = 409
    code = "document_live"


class DocumentErased(Problem):
    """The document was erased for good."""

    status = 410
    code = "document_erased"


class NothingToErase(Problem):
    """No such document waits to be erased."""

    status = 409
    code = "nothing_to_erase"
