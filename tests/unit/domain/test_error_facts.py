"""Errors as plain facts and back."""

import json
from typing import ClassVar

from eaa.domain.caller import RoleForbidden
from eaa.domain.error_facts import error_of, facts_of
from eaa.domain.errors import EaaError
from eaa.domain.model_errors import AllModelsFailed, ModelOverloaded, NoModel, StreamCut
from eaa.domain.role import RoleName


def travelled(error: EaaError) -> EaaError:
    """Return an error after its way through JSON."""
    return error_of(json.loads(json.dumps(facts_of(error))))


def test_errors_that_an_error_holds_travel_with_it() -> None:
    failures = (ModelOverloaded("503", model="first", retry_after_s=2.0), StreamCut("gone", model="second"))

    again = travelled(AllModelsFailed(failures=failures))

    assert isinstance(again, AllModelsFailed)
    assert [(type(one), one.model, one.because) for one in again.failures] == [
        (ModelOverloaded, "first", "503"),
        (StreamCut, "second", "gone"),
    ]
    assert isinstance(again.failures[0], ModelOverloaded)
    assert again.failures[0].retry_after_s == 2.0


def test_lists_come_back_as_tuples_and_sets_in_order() -> None:
    reasons = (("cloud", "it is sensitive"), ("own", "too small"))
    none, forbidden = (
        travelled(NoModel("no", reasons=reasons)),
        travelled(RoleForbidden("no", roles=frozenset({RoleName.SD, RoleName.QA}))),
    )

    assert isinstance(none, NoModel)
    assert none.reasons == reasons
    assert isinstance(forbidden, RoleForbidden)
    assert tuple(forbidden.roles) == ("qa", "sd")


def test_a_code_that_no_class_here_has_is_kept() -> None:
    class Strange(EaaError):
        """Known where it was raised."""

        code: ClassVar[str] = "strange.thing"

    facts = facts_of(Strange("what", hint="Look.")) | {"code": "stranger.thing"}
    again = travelled(error_of(facts))

    assert (type(again), again.code, str(again), again.hint) == (EaaError, "stranger.thing", "what", "Look.")
    assert error_of(facts_of(EaaError("plain"))).code == "fault"
