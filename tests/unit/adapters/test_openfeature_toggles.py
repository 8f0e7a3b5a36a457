"""Our switches as OpenFeature evaluates them."""

from openfeature import api
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails, FlagValueType, Reason
from openfeature.hook import Hook, HookContext, HookHints
from typing_extensions import override

from eaa.adapters.memory.store import MemoryStore
from eaa.adapters.openfeature.toggles import PROVIDER, provided
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.toggle import Toggle, ToggleSetting
from eaa.engine.toggles import FollowedToggles
from tests.makers import NOON

OFF = ToggleSetting(DEFAULT_ORGANISATION, Toggle.MODELS, is_on=False, why="", who="ada", updated_at=NOON)


class Seen(Hook):
    """Writes down who asked for what."""

    def __init__(self) -> None:
        self.evaluations: list[tuple[str, str | None, object]] = []

    @override
    def after(self, hook_context: HookContext, details: FlagEvaluationDetails[FlagValueType], hints: HookHints) -> None:
        key = hook_context.evaluation_context.targeting_key
        self.evaluations.append((details.flag_key, key, details.value))


def test_the_table_decides_and_hooks_see_it() -> None:
    followed, seen = FollowedToggles(store=MemoryStore(), off={Toggle.MODELS: OFF}), Seen()
    api.add_hooks([seen])
    try:
        with provided(followed, domain="test-1", organisation_id=DEFAULT_ORGANISATION) as toggles:
            before = (toggles.is_on(Toggle.MODELS), toggles.is_on(Toggle.QUEUE))
            followed.off = {}
            after = toggles.is_on(Toggle.MODELS)
            named = api.get_provider_metadata("test-1").name
    finally:
        api.clear_hooks()

    assert (before, after, named) == ((False, True), True, PROVIDER)
    assert seen.evaluations == [
        ("models", DEFAULT_ORGANISATION, False),
        ("queue", DEFAULT_ORGANISATION, True),
        ("models", DEFAULT_ORGANISATION, True),
    ]


def test_a_program_beside_ours_asks_by_the_standard_and_is_told_what_it_got_wrong() -> None:
    followed = FollowedToggles(store=MemoryStore(), off={Toggle.MODELS: OFF})
    with provided(followed, domain="test-2", organisation_id=DEFAULT_ORGANISATION):
        client = api.get_client("test-2")
        known = client.get_boolean_details("models", default_value=True)
        unknown = client.get_boolean_details("teleport", default_value=False)
        as_text = client.get_string_details("models", default_value="x")

    assert (known.value, known.variant, known.reason) == (False, "off", Reason.CACHED)
    assert (unknown.value, unknown.error_code) == (False, ErrorCode.FLAG_NOT_FOUND)
    assert (as_text.value, as_text.error_code) == ("x", ErrorCode.TYPE_MISMATCH)


def test_when_the_block_is_over_everything_counts_as_on() -> None:
    followed = FollowedToggles(store=MemoryStore(), off={Toggle.MODELS: OFF})
    with provided(followed, domain="test-3", organisation_id=DEFAULT_ORGANISATION) as toggles:
        assert not toggles.is_on(Toggle.MODELS)

    assert toggles.is_on(Toggle.MODELS)
