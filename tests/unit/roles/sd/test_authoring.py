"""When the search comes before the model, and what the model is told of it."""

from dataclasses import replace

from eaa.domain.artefact import BugReport, Patch
from eaa.domain.fix import Confidence, FixResult, Suspect
from eaa.roles.sd.authoring import facts_of, is_sure
from tests.support.role_world import RoleWorld, make_fix, with_handover


def patch(confidence: Confidence, *, author: str = "") -> Patch:
    """Make a patch with one fix."""
    fix = make_fix("shop.py", "return 2\n", confidence=confidence)
    suspects = (Suspect("shop.py", 2, 0.9, "price"),)
    result = FixResult((fix,), suspects, None, candidates_tried=3, seconds=1.0)
    return Patch(commit=None, fix=result, chosen=0, quality=(), note="note", author=author)


def test_only_a_repair_of_high_confidence_needs_no_model() -> None:
    assert is_sure(patch(Confidence.HIGH))
    assert not is_sure(patch(Confidence.DRAFT))
    assert not is_sure(replace(patch(Confidence.HIGH), chosen=None))


async def test_suspects_and_an_unsure_candidate_are_facts() -> None:
    brief = await RoleWorld().brief({"shop.py": ""}, "Fix it")

    facts = facts_of(patch(Confidence.DRAFT), brief)

    assert "suspected: shop.py:2 in price" in facts
    assert "may be wrong all the same" in facts
    assert "+return 2" in facts


async def test_a_repair_that_failed_its_verification_is_a_fact_and_a_models_own_is_not() -> None:
    brief = await RoleWorld().brief({"shop.py": ""}, "Fix it")
    report = BugReport("Newly failing: test_b", 1)

    repaired = with_handover(brief, patch=patch(Confidence.HIGH), bug_reports=(report,))
    written = with_handover(brief, patch=patch(Confidence.DRAFT, author="m"), bug_reports=(report,))

    assert "Newly failing: test_b" in facts_of(None, repaired)
    assert facts_of(None, written) == ""
