"""Labels, sets and the annotations in them."""

from annotations.models.annotation import Annotation
from annotations.models.annotation_set import AnnotationSet, SetKind, State
from annotations.models.label import Kind, Label

__all__ = ["Annotation", "AnnotationSet", "Kind", "Label", "SetKind", "State"]
