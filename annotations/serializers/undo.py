"""What goes out of undoing."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotations.serializers.annotations import AnnotationSerializer
from annotations.serializers.relations import RelationSerializer


class StepsSerializer(serializers.Serializer[Any]):
    can_undo = serializers.BooleanField()
    can_redo = serializers.BooleanField()


class UndoneSerializer(StepsSerializer):
    """What was changed, as it is now; what is deleted has a `deleted_at`."""

    annotations = AnnotationSerializer(many=True)
    relations = RelationSerializer(many=True)
