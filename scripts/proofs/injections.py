"""Every injected text alone, in every carrier, with a model that obeys it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.attacks.injection.cases import CASES, Carrier
from tests.attacks.unprivileged import run_unprivileged

DONE = 0
"""How a run ends that a harmless request led to, whatever else it was told."""


@dataclass(frozen=True, slots=True)
class Injected:
    """One case in one carrier, and what was wrong afterwards."""

    case: str
    carrier: str
    wrongs: tuple[str, ...]
    exit_code: int


def injected_one_by_one() -> Iterator[Injected]:
    """Run each case in each carrier as an unprivileged user; takes several seconds for each."""
    carriers = [carrier for carrier in Carrier if carrier is not Carrier.UNSEEN]
    for case in (case for case in CASES if case.carrier is not Carrier.UNSEEN):
        for carrier in carriers:
            child = run_unprivileged("tests.attacks.injection.runner", f"{case.name} in {carrier}")
            if child.returncode != 0:
                yield Injected(case.name, carrier, (child.stderr[-500:],), -1)
                continue
            report = json.loads(child.stdout)
            roles = {role for role, _ in report["obeyed"]}
            unheard = [f"the {role} was never told" for role in ("tester", "author") if role not in roles]
            yield Injected(case.name, carrier, (*report["wrongs"], *unheard), report["exit code"])
