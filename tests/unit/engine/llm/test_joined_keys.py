"""Keys from several places."""

import pytest
from typing_extensions import override

from eaa.domain.model import Provider
from eaa.domain.model_errors import KeyRefused
from eaa.domain.secret import Secret
from eaa.engine.llm.joined_keys import JoinedKeys
from eaa.ports.model_keys import ModelKeys
from tests.support.llm_world import ListedKeys, make_provider

HOUSE = make_provider("house")


class NoKeys(ModelKeys):
    """A place where a key should be and is none."""

    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        raise KeyRefused(f"{provider.name} has no key")

    @override
    async def refresh(self, provider: Provider) -> None:
        pass


async def test_each_key_comes_once_in_the_order_of_the_places() -> None:
    joined = JoinedKeys(ListedKeys(("b", "a")), ListedKeys(("a", "c")))

    assert await joined.keys(HOUSE) == (Secret("b"), Secret("a"), Secret("c"))


async def test_an_empty_place_matters_only_when_no_other_has_a_key() -> None:
    assert await JoinedKeys(NoKeys(), ListedKeys(("a",))).keys(HOUSE) == (Secret("a"),)
    with pytest.raises(KeyRefused, match="house has no key"):
        await JoinedKeys(NoKeys(), ListedKeys(())).keys(HOUSE)


async def test_a_refresh_reaches_every_place() -> None:
    joined = JoinedKeys(ListedKeys(("a",), later=("b",)), ListedKeys((), later=("c",)))

    await joined.refresh(HOUSE)

    assert await joined.keys(HOUSE) == (Secret("b"), Secret("c"))
