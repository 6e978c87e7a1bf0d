"""People in the admin once more, with the step that ends what they are in projects, too."""

from __future__ import annotations

from django.contrib import admin

from config.admin import Step
from config.api.concurrency import Precondition
from documents.services.person_erasure import erase_person
from users.admin.people import ADMINISTER, UserAdmin, is_person
from users.errors import NotConfirmed
from users.models import User

admin.site.unregister(User)


def _erase(actor: User, user: User, precondition: Precondition, reason: str) -> None:
    if reason.strip().casefold() != user.email.casefold():
        raise NotConfirmed("Type the e-mail of the account to erase it.")
    erase_person(actor=actor, user=user, precondition=precondition)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Superusers erase people; `users` knows nothing of the projects that they leave by it."""

    steps = (
        *UserAdmin.steps,
        Step(
            "erase",
            "Erase",
            "erased.",
            ADMINISTER,
            _erase,
            is_person,
            asks="This takes all that tells who they are out of this site, for good; what they "
            "annotated stays, under a pseudonym. Type their e-mail to confirm it.",
            look="grave",
            in_bulk=False,
        ),
    )
