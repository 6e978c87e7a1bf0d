"""What lists can be filtered by: public names only; nothing of a request names a column."""

from annotations.filters.annotations import AnnotationFilter, RelationFilter
from annotations.filters.comments import CommentFilter, NotificationFilter
from annotations.filters.documents import AnnotatedDocumentFilter
from annotations.filters.found_annotations import ATTRIBUTE, FoundAnnotationFilter
from annotations.filters.labels import LabelFilter
from annotations.filters.sets import AnnotationSetFilter

__all__ = [
    "ATTRIBUTE",
    "AnnotatedDocumentFilter",
    "AnnotationFilter",
    "AnnotationSetFilter",
    "CommentFilter",
    "FoundAnnotationFilter",
    "LabelFilter",
    "NotificationFilter",
    "RelationFilter",
]
