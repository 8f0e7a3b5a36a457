"""What every keeper of switches promises."""

from dataclasses import replace
from datetime import timedelta

from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.toggle import Toggle, ToggleSetting
from eaa.ports.store import Store
from tests.makers import NOON

OFF = ToggleSetting(DEFAULT_ORGANISATION, Toggle.MODELS, is_on=False, why="too dear", who="ada", updated_at=NOON)


async def test_the_last_setting_holds(store: Store) -> None:
    later = replace(OFF, is_on=True, why="cheap again", updated_at=NOON + timedelta(hours=1))
    async with store.begin() as session:
        await session.toggle_settings.put(OFF)
    async with store.begin() as session:
        before = await session.toggle_settings.find(DEFAULT_ORGANISATION, Toggle.MODELS)
        await session.toggle_settings.put(later)

    async with store.begin() as session:
        found = await session.toggle_settings.all(DEFAULT_ORGANISATION)

    assert before == OFF
    assert found == (later,)


async def test_organisations_have_switches_of_their_own(store: Store) -> None:
    other = OrganisationId("org_other")
    async with store.begin() as session:
        await session.toggle_settings.put(OFF)
        await session.toggle_settings.put(replace(OFF, name=Toggle.INTAKE))

    async with store.begin() as session:
        assert [setting.name for setting in await session.toggle_settings.all(DEFAULT_ORGANISATION)] == [
            Toggle.INTAKE,
            Toggle.MODELS,
        ]
        assert await session.toggle_settings.all(other) == ()
        assert await session.toggle_settings.find(other, Toggle.MODELS) is None
