"""What was seen of one test of a criterion."""

from dataclasses import dataclass

from eaa.domain.evidence import TestEvidence
from eaa.domain.ids import TestId
from eaa.domain.test_report import TestResult
from eaa.engine.evidence.colour import Colour, colour_of
from eaa.engine.evidence.log import log_sha256
from eaa.engine.evidence.places import TestPlace

Results = tuple[TestResult, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """Results of one test: three on the base with the head's tests, one on the stub or none, three on the head."""

    test: TestId
    place: TestPlace
    base: Results
    stub: Results
    head: Results
    in_suite: Results
    """On the head again, together with all other tests."""
    reported: str
    """The criterion's words."""

    @property
    def base_colour(self) -> Colour:
        """What the base showed."""
        return colour_of(self.base, reported=self.reported)

    @property
    def stub_colour(self) -> Colour | None:
        """What the stub showed; None without one."""
        return colour_of(self.stub, reported=self.reported) if self.stub else None

    @property
    def head_colour(self) -> Colour:
        """What the head showed; unstable as well when the test behaves otherwise among all the others."""
        alone = colour_of(self.head, reported=self.reported)
        together = colour_of(self.in_suite, reported=self.reported)
        is_same = (alone is Colour.GREEN) == (together is Colour.GREEN)
        return alone if is_same else Colour.UNSTABLE

    def evidence(self) -> TestEvidence:
        """Return what goes into the record."""
        exceptions = {result.exception for result in self.base}
        return TestEvidence(
            id=self.test,
            path=self.place.path,
            file_blob=self.place.blob,
            base=tuple(result.outcome for result in self.base),
            base_exception=exceptions.pop() if len(exceptions) == 1 else None,
            stub=self.stub[0].outcome if self.stub else None,
            head=tuple(result.outcome for result in self.head),
            log_sha256=log_sha256(base=self.base, stub=self.stub, head=self.head),
        )


def evidence_of_absence(test: TestId) -> TestEvidence:
    """Return the record of a test that was claimed and that the head does not have."""
    return TestEvidence(
        id=test,
        path="",
        file_blob="",
        base=(),
        base_exception=None,
        stub=None,
        head=(),
        log_sha256=log_sha256(base=(), stub=(), head=()),
    )
