"""What can be wrong with labels, sets and annotations."""

from __future__ import annotations

from typing import Any, Self

from annotations.anchoring import AnchorError
from config.api.problems import Problem


class LabelNameTaken(Problem):
    """Another label of the project and kind has this name."""

    status = 409
    code = "label_name_taken"


class LabelInUse(Problem):
    """The label is in use: archiving it takes `confirm=true`."""

    status = 409
    code = "label_in_use"


class LabelArchived(Problem):
    """The label is archived, so nothing is given to it."""

    status = 409
    code = "label_archived"


class RelabellingUnderWay(Problem):
    """Another merge, split or undoing is at work in the project."""

    status = 409
    code = "relabelling_under_way"


class NotUndoable(Problem):
    """The job cannot be undone: it is no merge or split, has not ended, or is undone already."""

    status = 409
    code = "not_undoable"


class InvalidLabel(Problem):
    """The label does not fit, in itself or among the others of the project."""

    status = 422
    code = "invalid_label"

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        error = {"pointer": pointer, "code": code, "detail": detail}
        super().__init__(f"{pointer}: {detail}", errors=[error])


class SetClosed(Problem):
    """The set is submitted or approved, so its annotations do not change."""

    status = 409
    code = "set_closed"


class InvalidTransition(Problem):
    """The set's state does not allow this step."""

    status = 409
    code = "invalid_transition"


class LabelAlreadyGiven(Problem):
    """The set has this label on the document already."""

    status = 409
    code = "label_already_given"


class InvalidContent(Problem):
    """The content of the set does not fit, and nothing of it was taken."""

    status = 422
    code = "invalid_content"


class SetTooLarge(Problem):
    """The set holds more than is read, or replaced, at once."""

    status = 409
    code = "set_too_large"


class NothingToUndo(Problem):
    """There is no such step."""

    status = 409
    code = "nothing_to_undo"


class ChangedSince(Problem):
    """Somebody else has changed what would be taken back."""

    status = 409
    code = "changed_since"


class UnknownVersion(Problem):
    """The log tells of no such version of it."""

    status = 404
    code = "unknown_version"


class OtherText(Problem):
    """What that version was said of does not stand there in the document's present text."""

    status = 409
    code = "other_text"


class BeingReanchored(Problem):
    """The annotations are on their way to the document's new text."""

    status = 409
    code = "being_reanchored"


class NotYours(Problem):
    """Only its author changes a set; the gold set is its project's curators'."""

    status = 403
    code = "not_yours"


class NotYourComment(NotYours):
    """Only its author changes a comment; managers delete and restore any."""

    code = "not_your_comment"


class OwnWork(Problem):
    """Nobody reviews their own work in this project."""

    status = 403
    code = "own_work"


class InvalidAnnotation(Problem):
    """The annotation does not fit the text or the labels."""

    status = 422
    code = "invalid_annotation"

    def __init__(self, member: str, code: str, detail: str, **members: Any) -> None:
        error = {"pointer": f"/{member}", "code": code, "detail": detail}
        super().__init__(f"/{member}: {detail}", errors=[error], **members)

    @classmethod
    def from_anchor(cls, error: AnchorError, place: str = "", **members: Any) -> Self:
        """Return the problem for a selector, told at `place`, that does not fit the text."""
        return cls(f"{place}{error.member}", error.code, error.detail, **members)


class InvalidRelation(InvalidAnnotation):
    """The relation does not fit its ends or its label."""

    code = "invalid_relation"


class RelationExists(Problem):
    """The two annotations are joined by this label already."""

    status = 409
    code = "relation_exists"


class EndDeleted(Problem):
    """An annotation that the relation joins is deleted."""

    status = 409
    code = "end_deleted"


class NotAThread(Problem):
    """It is a reply; what is asked for is done to threads."""

    status = 409
    code = "not_a_thread"


class CommentDeleted(Problem):
    """The comment is deleted, or what it is on."""

    status = 409
    code = "comment_deleted"


class Overlaps(Problem):
    """The project allows no overlap, and another annotation of the set is in the way."""

    status = 409
    code = "overlaps"

    @classmethod
    def with_other(cls, annotation_id: object) -> Self:
        """Return the problem that names the annotation in the way."""
        return cls(f"Annotation {annotation_id} is in the way.", annotation_id=str(annotation_id))


class OverlapsExist(Problem):
    """Annotations overlap, so overlap cannot be forbidden."""

    status = 409
    code = "overlaps_exist"


class InvalidImport(Problem):
    """The file cannot be imported as it is, or not in the way that is asked for."""

    status = 422
    code = "invalid_import"

    def __init__(self, code: str, detail: str) -> None:
        pointer = "/mapping" if code in {"no_text_column", "unknown_column"} else "/file"
        error = {"pointer": pointer, "code": code, "detail": detail}
        super().__init__(f"{pointer}: {detail}", errors=[error])
