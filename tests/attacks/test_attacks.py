"""Every attack is really tried in the sandbox, by an unprivileged uid, and the outside is looked at afterwards."""

import json

import pytest

from tests.attacks.catalogue import ATTACKS
from tests.attacks.unprivileged import run_unprivileged
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module", autouse=True)
def _sandbox() -> None:
    require_bubblewrap()


@pytest.mark.parametrize("number", range(len(ATTACKS)), ids=[attack.name for attack in ATTACKS])
def test_an_attack_is_contained(number: int) -> None:
    child = run_unprivileged("tests.attacks.runner", str(number))

    assert child.returncode == 0, child.stderr
    report = json.loads(child.stdout)
    assert report["is_contained"], report


def test_there_are_enough_attacks_and_no_two_share_a_name() -> None:
    names = [attack.name for attack in ATTACKS]

    assert len(names) >= 36
    assert len(set(names)) == len(names)
