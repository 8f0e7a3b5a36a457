"""Comparing recorded evidence with evidence derived again, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from eaa.domain.evidence import CriterionEvidence, Evidence, Regression, TestEvidence, TokenCount
from eaa.domain.ids import TestId
from eaa.domain.verdict import CriterionVerdict
from eaa.kit.bounded import bound_text, printable

_VALUE_LIMIT_CHARACTERS = 120
_NAMES = ("id", "test")
_ABSENT = object()


def differences(recorded: Evidence, derived: Evidence) -> tuple[str, ...]:
    """Return one sentence for each field that differs; empty when everything that can be derived is the same.

    Cost, tokens, task, run, origin and the version of eaa are the producer's word and are not compared. What flaky
    tests did is not compared either, only which verdict that led to.
    """
    flaky = frozenset(recorded.regression.flaky) | frozenset(derived.regression.flaky)
    one, other = _comparable(recorded, flaky), _comparable(derived, flaky)
    return tuple(_walk("", msgspec.to_builtins(one), msgspec.to_builtins(other)))


def flaky_notes(recorded: Evidence, derived: Evidence) -> tuple[str, ...]:
    """Return a line for each test that was flaky in only one of the two."""
    before, now = frozenset(recorded.regression.flaky), frozenset(derived.regression.flaky)
    return (
        *(f"{test} was flaky in the record and was stable now" for test in sorted(before - now)),
        *(f"{test} was stable in the record and was flaky now" for test in sorted(now - before)),
    )


def _comparable(evidence: Evidence, flaky: frozenset[TestId]) -> Evidence:
    return replace(
        evidence,
        task=None,
        run=None,
        origin=None,
        cost_microusd=0,
        tokens=TokenCount(),
        versions=tuple((part, version) for part, version in evidence.versions if part != "eaa"),
        criteria=tuple(_stable_part(criterion) for criterion in evidence.criteria),
        regression=_without_flaky(evidence.regression, flaky),
    )


def _stable_part(criterion: CriterionEvidence) -> CriterionEvidence:
    if criterion.verdict is not CriterionVerdict.UNSTABLE:
        return criterion
    tests = tuple(
        TestEvidence(
            id=test.id,
            path=test.path,
            file_blob=test.file_blob,
            base=(),
            base_exception=None,
            stub=None,
            head=(),
            log_sha256="",
        )
        for test in criterion.tests
    )
    return replace(criterion, method="", tests=tests)


def _without_flaky(regression: Regression, flaky: frozenset[TestId]) -> Regression:
    if not flaky:
        return regression
    # A flaky test may be counted on one occasion and not on the other, so the counts say nothing exact any more.
    return replace(
        regression,
        selected=0,
        passed_base=0,
        passed_head=0,
        newly_failing=tuple(test for test in regression.newly_failing if test not in flaky),
        newly_passing=tuple(test for test in regression.newly_passing if test not in flaky),
        flaky=(),
        not_run=tuple(left_out for left_out in regression.not_run if left_out.test not in flaky),
    )


def _walk(where: str, recorded: object, derived: object) -> Iterator[str]:
    if recorded == derived:
        return
    if isinstance(recorded, Mapping) and isinstance(derived, Mapping):
        for name in (*recorded, *(name for name in derived if name not in recorded)):
            below = f"{where}.{name}" if where else str(name)
            yield from _walk(below, recorded.get(name, _ABSENT), derived.get(name, _ABSENT))
    elif _is_list(recorded) and _is_list(derived):
        yield from _walk(where, _by_name(recorded), _by_name(derived))
    else:
        yield f"{where or 'the record'}: recorded {_shown(recorded)}, derived {_shown(derived)}"


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _by_name(items: object) -> Mapping[str, object]:
    """Return list members by their own name where they have one, else by position."""
    assert isinstance(items, Sequence)
    named: dict[str, object] = {}
    for position, item in enumerate(items):
        name = next((item[key] for key in _NAMES if isinstance(item, Mapping) and key in item), position)
        named[f"[{name}]" if f"[{name}]" not in named else f"[{name} again, {position}]"] = item
    return named


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "nothing"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return printable(bound_text(text, limit_characters=_VALUE_LIMIT_CHARACTERS))
