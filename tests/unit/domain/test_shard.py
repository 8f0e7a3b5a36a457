"""Which shard an organisation is on, and who is refused."""

import pytest

from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.shard import MAIN, OrganisationElsewhere, ShardMap

ACME, BOLT = OrganisationId("org_acme"), OrganisationId("org_bolt")


def test_whoever_nobody_placed_is_on_the_main_shard() -> None:
    shard_map = ShardMap({"second": frozenset({ACME})})

    assert [shard_map.shard_of(one) for one in (ACME, BOLT, DEFAULT_ORGANISATION)] == ["second", MAIN, MAIN]
    assert shard_map.names == (MAIN, "second")


def test_an_installation_without_a_map_has_one_shard() -> None:
    assert ShardMap().names == (MAIN,)
    assert ShardMap().shard_of(ACME) == MAIN


@pytest.mark.parametrize(
    "organisations",
    [{MAIN: frozenset({ACME})}, {"second": frozenset({ACME}), "third": frozenset({ACME, BOLT})}],
    ids=["the main one named again", "one organisation twice"],
)
def test_a_map_that_cannot_be_is_refused(organisations: dict[str, frozenset[OrganisationId]]) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        ShardMap(organisations)

    assert "EAA_SHARDS" in refusal.value.hint


def test_an_organisation_of_another_shard_is_told_where_to_go() -> None:
    shard_map = ShardMap({"second": frozenset({ACME})})
    shard_map.require(ACME, here="second")
    shard_map.require(BOLT, here=MAIN)

    with pytest.raises(OrganisationElsewhere, match="on shard second") as refusal:
        shard_map.require(ACME, here=MAIN)

    assert "EAA_SHARD=second" in refusal.value.hint
    with pytest.raises(OrganisationElsewhere, match="on shard main"):
        shard_map.require(BOLT, here="second")
