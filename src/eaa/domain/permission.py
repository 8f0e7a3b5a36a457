"""What a run may do to the outside, by the origin of what it was made from: a closed table, and no prompt in it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from eaa.domain.effect import EffectKind
from eaa.domain.origin import Origin


class Permission(StrEnum):
    """Whether a write may happen, most permissive first."""

    ALLOWED = "allowed"
    NEEDS_APPROVAL = "needs approval"
    """A person's yes to exactly the commit that is written."""
    NEEDS_CONSENT = "needs consent"
    """The same, or a yes that a person gave beforehand to whatever the run makes."""
    REFUSED = "refused"
    """Nobody can allow it to this run."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table."""

    member: Permission
    outside_contributor: Permission
    anonymous: Permission
    machine: Permission

    def of(self, origin: Origin) -> Permission:
        """Return what holds for an origin."""
        match origin:
            case Origin.MEMBER:
                return self.member
            case Origin.OUTSIDE_CONTRIBUTOR:
                return self.outside_contributor
            case Origin.ANONYMOUS:
                return self.anonymous
            case Origin.MACHINE:
                return self.machine
            case _:
                assert_never(origin)


_FREE = _Row(Permission.ALLOWED, Permission.ALLOWED, Permission.ALLOWED, Permission.ALLOWED)
_ASKED = _Row(Permission.ALLOWED, Permission.NEEDS_CONSENT, Permission.NEEDS_CONSENT, Permission.NEEDS_CONSENT)
_CI_HERE = _Row(Permission.ALLOWED, Permission.REFUSED, Permission.REFUSED, Permission.REFUSED)
_CI_ELSEWHERE = _Row(Permission.NEEDS_APPROVAL, Permission.REFUSED, Permission.REFUSED, Permission.REFUSED)


def permission(kind: EffectKind, origin: Origin, *, edits_ci: bool) -> Permission:
    """Return whether a run may do a write.

    Args:
        kind: What sort of write.
        origin: The least trusted origin of what the run was made from.
        edits_ci: Whether what is written changes files that continuous integration runs: on a code host it runs them
            with its own secrets as soon as the branch is there.
    """
    return _row(kind, edits_ci=edits_ci).of(origin)


def _row(kind: EffectKind, *, edits_ci: bool) -> _Row:
    match kind:
        case EffectKind.PUBLISH_BRANCH:
            return _CI_HERE if edits_ci else _FREE
        case EffectKind.PUSH_BRANCH | EffectKind.OPEN_PULL_REQUEST | EffectKind.COMMENT:
            return _CI_ELSEWHERE if edits_ci else _ASKED
        case _:
            assert_never(kind)
