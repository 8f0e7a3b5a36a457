from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.domain.caller import Caller, NotIdentified, RoleForbidden
from eaa.domain.ids import OrganisationId
from eaa.domain.role import RoleName
from eaa.domain.secret import Secret
from eaa.services.orchestrator.identity import Tokens

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TOKENS = Tokens(Secret("o" * 43))
QA = frozenset({RoleName.QA})
TOKEN = TOKENS.sign(roles=QA, organisation_id=OrganisationId("org_a"), until=NOW + timedelta(hours=1)).reveal()


def test_a_signed_token_speaks_for_its_roles_and_organisation_until_it_is_over() -> None:
    assert TOKENS.caller(f"Bearer {TOKEN}", now=NOW) == Caller(OrganisationId("org_a"), QA)
    with pytest.raises(NotIdentified, match="is over"):
        TOKENS.caller(f"bearer {TOKEN}", now=NOW + timedelta(hours=1))


def test_another_owners_token_voids_it() -> None:
    with pytest.raises(NotIdentified, match="not one of ours"):
        Tokens(Secret("p" * 43)).caller(f"Bearer {TOKEN}", now=NOW)


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii", exclude_characters=" \n"))
def test_a_token_with_any_one_character_changed_speaks_for_nobody_else(at: int, character: str) -> None:
    changed = TOKEN[:at] + character + TOKEN[at + 1 :]
    try:
        caller = TOKENS.caller(f"Bearer {changed}", now=NOW)
    except NotIdentified:
        return
    # The last character of base64 holds bits that mean nothing; whatever it is, the claims are the same.
    assert caller == Caller(OrganisationId("org_a"), QA)


@given(st.text())
def test_no_text_is_taken_for_a_token(text: str) -> None:
    with pytest.raises(NotIdentified):
        TOKENS.caller(f"Bearer {text}", now=NOW)


def test_an_empty_seal_is_none() -> None:
    claims = urlsafe_b64encode(b'{"organisation":"org_a","roles":["sd"],"until":99999999999}').decode().rstrip("=")
    for seal in ("", "=", "ü", "e30"):
        with pytest.raises(NotIdentified):
            TOKENS.caller(f"Bearer eaa1.{claims}.{seal}", now=NOW)


def test_the_owner_may_ask_as_anybody_and_a_role_only_as_itself() -> None:
    owner = TOKENS.caller("Bearer " + "o" * 43, now=NOW)

    assert (owner.role_for(RoleName.SD), owner.role_for(None)) == (RoleName.SD, None)
    assert Caller(roles=QA).role_for(None) is RoleName.QA
    with pytest.raises(RoleForbidden):
        Caller(roles=QA).role_for(RoleName.SD)


def test_nothing_shows_a_token() -> None:
    assert "o" * 43 not in repr(TOKENS)
