"""What can be wrong with labels, sets and annotations."""

from __future__ import annotations

from annotations.anchoring import AnchorError
from config.api.problems import Problem


class LabelNameTaken(Problem):
    """Another label of the project and kind has this name."""

    status = 409
    code = "label_name_taken"


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


class NotYours(Problem):
    """Only its author changes a set."""

    status = 403
    code = "not_yours"


class OwnWork(Problem):
    """Nobody reviews their own work in this project."""

    status = 403
    code = "own_work"


class InvalidAnnotation(Problem):
    """The annotation does not fit the text or the labels."""

    status = 422
    code = "invalid_annotation"

    def __init__(self, member: str, code: str, detail: str) -> None:
        error = {"pointer": f"/{member}", "code": code, "detail": detail}
        super().__init__(f"/{member}: {detail}", errors=[error])

    @classmethod
    def from_anchor(cls, error: AnchorError) -> InvalidAnnotation:
        """Return the problem for a selector that does not fit the text."""
        return cls(error.member, error.code, error.detail)
