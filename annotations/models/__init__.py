"""Labels, sets, and the annotations and relations in them."""

from annotations.models.annotation import Anchoring, Annotation
from annotations.models.annotation_set import AnnotatedDocument, AnnotationSet, SetKind, State
from annotations.models.comment import Comment
from annotations.models.label import Kind, Label
from annotations.models.model_run import ModelRun
from annotations.models.notification import Notification, NotificationKind
from annotations.models.relation import Relation
from annotations.models.schema_version import SchemaVersion
from annotations.models.taken import taken

__all__ = [
    "Anchoring",
    "AnnotatedDocument",
    "Annotation",
    "AnnotationSet",
    "Comment",
    "Kind",
    "Label",
    "ModelRun",
    "Notification",
    "NotificationKind",
    "Relation",
    "SchemaVersion",
    "SetKind",
    "State",
    "taken",
]
