"""The installation's own secrets: found wherever they are kept, told apart from words, kept in mind."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from typing_extensions import override

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.domain.completion import Text, ToolSpec
from eaa.domain.errors import DatabaseUnreachable
from eaa.domain.ids import OrganisationId
from eaa.domain.model import Provider
from eaa.domain.model_errors import KeyRefused
from eaa.domain.secret import Secret
from eaa.domain.stored_key import StoredKey
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.llm.safety.guard import PromptGuard
from eaa.engine.llm.safety.own_secrets import ASK_AGAIN_S, LOOK_AGAIN_S, MOST_KNOWN, NotedKeys, OwnSecrets
from eaa.ports.model_keys import ModelKeys
from eaa.ports.stored_keys import StoredKeys
from tests.support.llm_world import ListedKeys, make_answer, make_ask, make_provider, make_world

ODD = 'odd"key\\of-no/form'


@dataclass
class Table(StoredKeys):
    """A table of keys that is only read."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    opened_for: list[str] = field(default_factory=list)
    is_down: bool = False

    @override
    async def listed(self, organisation_id: OrganisationId) -> tuple[StoredKey, ...]:
        if self.is_down:
            raise DatabaseUnreachable(database="test", because="it is down")
        at = datetime(2026, 11, 26, tzinfo=UTC)
        return tuple(
            StoredKey(organisation_id, provider, Secret(key).fingerprint, "m", at) for provider, key in self.rows
        )

    @override
    async def opened(self, organisation_id: OrganisationId, provider: str) -> tuple[Secret, ...]:
        self.opened_for.append(provider)
        return tuple(Secret(key) for name, key in self.rows if name == provider)

    @override
    async def add(self, organisation_id: OrganisationId, provider: str, key: Secret, *, now: datetime) -> StoredKey:
        raise NotImplementedError

    @override
    async def remove(self, organisation_id: OrganisationId, provider: str, fingerprint: str) -> bool:
        raise NotImplementedError

    @override
    async def reseal(self) -> int:
        raise NotImplementedError


class Failing(ModelKeys):
    """A helper that does not work, and counts how often it was asked."""

    asked = 0

    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        self.asked += 1
        raise KeyRefused("the key helper failed")

    @override
    async def refresh(self, provider: Provider) -> None:
        pass


@dataclass
class Watch:
    """A clock that moves when it is told to."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def own_of(
    *,
    keys: ModelKeys | None = None,
    table: Table | None = None,
    others: Callable[[], Iterable[Secret]] = tuple,
    watch: Watch | None = None,
) -> OwnSecrets:
    return OwnSecrets(
        keys=keys or ListedKeys(()),
        providers=(make_provider("house"),),
        stored=table or Table(),
        others=others,
        monotonic_s=watch or Watch(),
    )


async def test_every_place_is_looked_into() -> None:
    own = own_of(
        keys=ListedKeys(("of-the-environment",)),
        table=Table([("elsewhere", "of-the-table")]),
        others=lambda: [Secret("of-the-settings")],
    )

    await own.look()

    assert set(own.values()) == {"of-the-environment", "of-the-table", "of-the-settings"}


async def test_a_look_is_good_for_seconds_and_finds_only_what_is_new() -> None:
    watch, table = Watch(), Table([("house", "first-key")])
    own = own_of(table=table, watch=watch)
    await asyncio.gather(own.look(), own.look(), own.look())
    before = own.values()

    table.rows.append(("other", "second-key"))
    await own.look()
    assert own.values() is before
    watch.now_s += LOOK_AGAIN_S
    await own.look()

    assert table.opened_for == ["house", "other"]
    assert own.values() == ("first-key", "second-key")


async def test_a_helper_that_fails_is_left_alone_for_a_while() -> None:
    watch, helper = Watch(), Failing()
    own = own_of(keys=helper, watch=watch)

    for _ in range(int(ASK_AGAIN_S / LOOK_AGAIN_S)):
        await own.look()
        watch.now_s += LOOK_AGAIN_S
    assert helper.asked == 1
    await own.look()

    assert helper.asked == 2


async def test_a_table_that_is_away_hides_nothing_else() -> None:
    own = own_of(keys=ListedKeys(("of-the-environment",)), table=Table(is_down=True))

    await own.look()

    assert own.values() == ("of-the-environment",)


async def test_a_key_on_its_way_to_a_call_is_noted_and_stays_known() -> None:
    own = own_of()
    keys = NotedKeys(ListedKeys(("short-lived-token-1",), ("short-lived-token-2",)), own)

    await keys.keys(make_provider("house"))
    await keys.refresh(make_provider("house"))
    await keys.keys(make_provider("house"))

    assert own.values() == ("short-lived-token-1", "short-lived-token-2")


def test_what_is_known_is_bounded() -> None:
    own = own_of()

    own.note(Secret(f"token-number-{number}") for number in range(MOST_KNOWN + 10))

    assert len(own.values()) == MOST_KNOWN
    assert own.values()[-1] == f"token-number-{MOST_KNOWN + 9}"


@pytest.mark.parametrize("word", ["", "short", "postgres", "letmeinplease"])
def test_a_password_that_is_a_word_is_not_taken_out_of_every_text(word: str) -> None:
    own = own_of()

    own.note([Secret(word)])

    assert own.values() == ()


@pytest.mark.parametrize(
    "text",
    [
        f"as it is: {ODD}.",
        'in JSON: {"key": "odd\\"key\\\\of-no/form"}',
        "in an address: http://127.0.0.1/?key=odd%22key%5Cof-no%2Fform&more=1",
    ],
)
async def test_a_key_of_no_known_form_leaves_in_none_of_its_spellings(text: str) -> None:
    own = own_of(others=lambda: [Secret(ODD)])
    guard = PromptGuard(known_values=own.values, look=own.look)

    (cleaned,) = await guard.clean((text,))

    assert "of-no" not in cleaned
    assert "[known secret removed]" in cleaned


async def test_the_secret_half_of_a_key_with_its_owners_name_is_known_alone() -> None:
    own = own_of(others=lambda: [Secret("AKIDEXAMPLE:secret/half+of/amazons/key:the-token-of-a-session")])
    guard = PromptGuard(known_values=own.values, look=own.look)

    cleaned = await guard.clean(("x secret/half+of/amazons/key y", "x the-token-of-a-session y", "AKIDEXAMPLE"))

    assert cleaned == ("x [known secret removed] y", "x [known secret removed] y", "AKIDEXAMPLE")


async def test_tools_schemas_and_stops_hold_no_secret_either() -> None:
    world = make_world({"only": [make_answer()]})
    own = own_of(others=lambda: [Secret(ODD)])
    guard = PromptGuard(known_values=own.values, look=own.look)
    orchestrator = LocalOrchestrator(world.desk, KeptAnswers(MemoryAnswerCache(), world.clock), guard)
    ask = make_ask("Nothing here.")
    tool = ToolSpec("look", f"uses {ODD}", '{"default": "odd\\"key\\\\of-no/form"}')
    request = replace(
        ask.request, tools=(tool,), answer_schema_json='{"const": "odd\\"key\\\\of-no/form"}', stop=(ODD,)
    )

    await orchestrator.complete(replace(ask, request=request))

    _, sent, _ = world.models.calls[-1]
    assert "of-no" not in repr(sent)
    assert sent.tools[0].description == "uses [known secret removed]"
    assert sent.messages[0].parts == (Text("Nothing here."),)
