import pytest

from eaa.domain.ask import Ask
from eaa.domain.catalogue import Catalogue, Rule
from eaa.domain.completion import CompletionRequest, Image, Message, Speaker, ToolSpec
from eaa.domain.kind import Kind
from eaa.domain.model import Capability, Locality, Model, Prices, Sensitivity, Tier
from eaa.domain.model_errors import NoModel
from eaa.domain.role import RoleName
from eaa.engine.llm.selection import choose
from tests.support.llm_world import make_ask, make_model, make_provider

DEAR = Prices(input_microusd=10_000_000, output_microusd=40_000_000)
PICTURE = Message(Speaker.USER, (Image("image/png", b"png"),))


def catalogue_of(*models: Model, rules: tuple[Rule, ...] = (), default: str | None = None) -> Catalogue:
    providers = {model.provider: make_provider(model.provider) for model in models}
    return Catalogue(models=models, providers=providers, rules=rules, default=default)


def first(ask: Ask, catalogue: Catalogue) -> str:
    return choose(ask, catalogue, prompt_tokens=100).models[0].name


def test_the_order_of_the_file_decides_where_nothing_else_does() -> None:
    assert first(make_ask(), catalogue_of(make_model("one"), make_model("two"))) == "one"


def test_the_default_comes_first() -> None:
    assert first(make_ask(), catalogue_of(make_model("one"), make_model("two"), default="two")) == "two"


def test_a_rule_for_role_and_kind_decides() -> None:
    rule = Rule(prefer=("two",), roles=frozenset({RoleName.QA}), kinds=frozenset({Kind.BUG}))
    catalogue = catalogue_of(make_model("one"), make_model("two"), rules=(rule,))

    assert first(make_ask(role=RoleName.QA, kind=Kind.BUG), catalogue) == "two"
    assert first(make_ask(role=RoleName.QA, kind=Kind.FEATURE), catalogue) == "one"


def test_the_cheapest_of_the_wanted_tier_comes_first_then_stronger_then_weaker_ones() -> None:
    catalogue = catalogue_of(
        make_model("weak", tier=Tier.SMALL),
        make_model("strong", tier=Tier.LARGE),
        make_model("dear", tier=Tier.MEDIUM, prices=DEAR),
        make_model("unpriced", tier=Tier.MEDIUM, prices=None),
        make_model("cheap", tier=Tier.MEDIUM),
    )

    choice = choose(make_ask(size=Tier.MEDIUM), catalogue, prompt_tokens=100)

    assert [model.name for model in choice.models] == ["cheap", "dear", "unpriced", "strong", "weak"]


def test_a_model_tuned_for_the_domain_is_preferred_in_it_and_not_elsewhere() -> None:
    catalogue = catalogue_of(make_model("general"), make_model("tuned", domains=frozenset({"sql"})))

    assert first(make_ask(domain="sql"), catalogue) == "tuned"
    assert first(make_ask(), catalogue) == "general"


def test_sensitive_work_stays_on_our_own_machines_even_when_a_rule_or_the_ask_prefers_a_cloud() -> None:
    catalogue = catalogue_of(
        make_model("cloud"),
        make_model("own", locality=Locality.ON_PREMISE),
        rules=(Rule(prefer=("cloud",)),),
        default="cloud",
    )

    choice = choose(make_ask(sensitivity=Sensitivity.SENSITIVE, model="cloud"), catalogue, prompt_tokens=100)

    assert [model.name for model in choice.models] == ["own"]
    assert choice.passed_over == (("cloud", "the work is sensitive and the model runs in a cloud"),)


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (make_ask(needs=frozenset({Capability.REASONING})), "it has no reasoning"),
        (make_ask(request=CompletionRequest(messages=(PICTURE,))), "it has no images"),
        (make_ask(max_cost_microusd=5), "even a short answer costs"),
        (make_ask(model="other", is_pinned=True), "the ask is pinned to other"),
    ],
    ids=["capability", "picture", "price", "pinned"],
)
def test_why_a_model_is_passed_over_is_said(ask: Ask, reason: str) -> None:
    able = frozenset(Capability)
    catalogue = catalogue_of(make_model("plain"), make_model("other", capabilities=able, prices=Prices(0, 0)))

    choice = choose(ask, catalogue, prompt_tokens=100)

    assert [model.name for model in choice.models] == ["other"]
    assert choice.passed_over[0][0] == "plain"
    assert reason in choice.passed_over[0][1]


def test_tools_need_a_model_that_calls_them() -> None:
    catalogue = catalogue_of(make_model("plain", capabilities=frozenset({Capability.CHAT})))
    request = CompletionRequest(messages=(), tools=(ToolSpec("run", "Runs.", "{}"),))

    with pytest.raises(NoModel) as caught:
        choose(make_ask(request=request), catalogue, prompt_tokens=100)

    assert caught.value.reasons == (("plain", "it has no tools"),)


def test_a_prompt_that_leaves_no_room_to_answer_passes_a_model_over() -> None:
    catalogue = catalogue_of(make_model("short", context_tokens=5_000), make_model("long"))

    assert [model.name for model in choose(make_ask(), catalogue, prompt_tokens=4_900).models] == ["long"]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(NoModel) as caught:
        choose(make_ask(model="gone"), catalogue_of(make_model("one")), prompt_tokens=1)

    assert "one" in caught.value.hint
