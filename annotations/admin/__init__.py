"""Labels, sets and annotations in the admin, and the documents that they are shown in."""

from annotations.admin.annotations import AnnotationAdmin
from annotations.admin.comments import CommentAdmin
from annotations.admin.documents import AnnotatedDocumentAdmin
from annotations.admin.labels import LabelAdmin
from annotations.admin.saved_filters import AnnotatedSavedFilterAdmin
from annotations.admin.sets import AnnotationSetAdmin

__all__ = [
    "AnnotatedDocumentAdmin",
    "AnnotatedSavedFilterAdmin",
    "AnnotationAdmin",
    "AnnotationSetAdmin",
    "CommentAdmin",
    "LabelAdmin",
]
