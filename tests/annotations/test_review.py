"""Sets are submitted, approved and returned."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import pytest

from annotations.models import AnnotationSet, State
from documents.models import Project
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.threads import while_held
from users.models import User

Do = Callable[..., Any]


def shown(person: User) -> dict[str, Any]:
    named = {"id": str(person.pk), "email": person.email, "name": person.name}
    return named | {"is_service": False}


def test_a_set_is_submitted_and_approved(
    annotator: Client, curator: Client, opened: Do, step: Do
) -> None:
    pk = opened(annotator)["id"]
    submitted = step(annotator, "submit", pk)
    assert (submitted.status_code, submitted.json()["state"]) == (200, "submitted")
    assert submitted.json()["submitted_at"]
    approved = step(curator, "approve", pk, if_match="2")
    assert (approved.status_code, approved["ETag"]) == (200, '"3"')
    assert (approved.json()["state"], approved.json()["reviewer"]) == (
        "approved",
        shown(curator.person),
    )
    assert approved.json()["reviewed_at"]
    assert log_of(pk) == [
        ("set.opened", annotator.person.pk),
        ("set.submitted", annotator.person.pk),
        ("set.approved", curator.person.pk),
    ]
    event = last_event(pk)
    assert event.request_id == approved["X-Request-ID"]
    assert changed(event) == {
        "state": ("submitted", "approved"),
        "reviewer_id": (None, str(curator.person.pk)),
        "reviewed_at": (None, event.after["reviewed_at"]),
        "version": (2, 3),
    }


def test_a_set_is_returned_with_a_reason_and_handed_in_again(
    annotator: Client, curator: Client, opened: Do, step: Do
) -> None:
    pk = opened(annotator)["id"]
    step(annotator, "submit", pk)
    returned = step(curator, "return", pk)
    assert (returned.status_code, returned.json()["state"]) == (200, "returned")
    assert (returned.json()["reason"], returned.json()["reviewer"]) == (
        "Look again.",
        shown(curator.person),
    )
    again = step(annotator, "submit", pk).json()
    assert (again["state"], again["reason"]) == ("submitted", "")
    assert step(curator, "approve", pk).json()["state"] == "approved"
    assert step(curator, "return", pk).json()["state"] == "returned"
    assert last_event(pk).action == "set.returned"


@pytest.mark.parametrize("content", [{}, {"reason": " "}, {"reason": "r" * 5001}, {"why": "r"}])
def test_a_return_takes_a_reason(
    annotator: Client, curator: Client, opened: Do, step: Do, content: dict[str, str]
) -> None:
    pk = opened(annotator)["id"]
    step(annotator, "submit", pk)
    assert curator.post(f"/annotation-sets/{pk}/return", content).status_code == 422
    assert AnnotationSet.objects.get().state == "submitted"


ALLOWED = {
    ("draft", "submit"),
    ("returned", "submit"),
    ("submitted", "approve"),
    ("submitted", "return"),
    ("approved", "return"),
}


STEPS = ["submit", "approve", "return"]


@pytest.mark.parametrize("case", list(product(State.values, STEPS)))
def test_only_these_steps_are_possible(
    annotator: Client, curator: Client, opened: Do, step: Do, brought: Do, case: tuple[str, str]
) -> None:
    pk, (state, name) = opened(annotator)["id"], case
    brought(pk, state, annotator, curator)
    before = len(log_of(pk))
    response = step(annotator if name == "submit" else curator, name, pk)
    if case in ALLOWED:
        assert response.status_code == 200
        assert len(log_of(pk)) == before + 1
    else:
        assert (response.status_code, response.json()["code"]) == (409, "invalid_transition")
        assert (AnnotationSet.objects.get().state, len(log_of(pk))) == (state, before)


def test_an_impossible_step_tells_what_was_expected(
    annotator: Client, curator: Client, opened: Do, step: Do
) -> None:
    pk = opened(annotator)["id"]
    detail = step(curator, "return", pk).json()["detail"]
    assert detail == "To return it must be approved or submitted; it is draft."


def test_a_stale_step_is_refused(annotator: Client, curator: Client, opened: Do, step: Do) -> None:
    pk = opened(annotator)["id"]
    assert step(annotator, "submit", pk, if_match="7").status_code == 412
    step(annotator, "submit", pk, if_match="1")
    for name in ("approve", "return"):
        response = step(curator, name, pk, if_match="1")
        assert response.status_code == 412
        assert response.json()["current"]["state"] == "submitted"


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_approvals_one_wins(
    member: Do, annotator: Client, opened: Do, step: Do
) -> None:
    curators = [member("curator") for _ in range(4)]
    pk = opened(annotator)["id"]
    step(annotator, "submit", pk)
    held = AnnotationSet.objects.get()
    answers = while_held(held, *(partial(step, c, "approve", pk) for c in curators))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert [action for action, _ in log_of(pk)].count("set.approved") == 1
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    assert str(AnnotationSet.objects.get().reviewer_id) == winner["reviewer"]["id"]


@pytest.mark.django_db(transaction=True)
def test_of_an_approval_and_a_return_of_one_version_one_wins(
    member: Do, annotator: Client, opened: Do, step: Do
) -> None:
    one, other = member("curator"), member("curator")
    pk = opened(annotator)["id"]
    step(annotator, "submit", pk)
    answers = while_held(
        AnnotationSet.objects.get(),
        partial(step, one, "approve", pk, if_match="2"),
        partial(step, other, "return", pk, if_match="2"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(log_of(pk)) == 3


def test_only_its_author_submits_a_set(
    project: Project, annotator: Client, curator: Client, opened: Do, step: Do
) -> None:
    pk = opened(annotator)["id"]
    response = step(curator, "submit", pk)
    assert (response.status_code, response.json()["code"]) == (403, "not_yours")
    assert response.json()["detail"] == f"It belongs to {annotator.person.name}."


@pytest.mark.parametrize("role", ["viewer", "annotator"])
def test_only_curators_review(
    project: Project, member: Do, curator: Client, opened: Do, step: Do, role: str
) -> None:
    Project.objects.update(is_blind=False)
    pk = opened(curator)["id"]
    step(curator, "submit", pk)
    for name in ("approve", "return"):
        assert step(member(role), name, pk).status_code == 403
    assert AnnotationSet.objects.get().state == "submitted"
