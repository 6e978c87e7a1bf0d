"""What befalls people in all of their projects at once."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from documents.services.person_erasure import erase_person
from users import serializers
from users.views.accounts import Reauthenticating


class PersonErasureViewSet(Reauthenticating):
    """The end of one's own account."""

    serializer_class = serializers.UserSerializer
    input_serializers = {"create": serializers.ReauthenticationInput}

    @extend_schema(responses={204: None})
    def create(self, request: Request) -> Response:
        """Erase oneself for good; what one annotated stays, by a pseudonym.

        409 `last_manager` while a project would be left without a manager; `projects` names each.
        """
        self.reauthenticated()
        erase_person(actor=self.user, user=self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
