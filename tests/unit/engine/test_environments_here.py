"""Environments of another machine."""

from dataclasses import replace

import pytest
from typing_extensions import override

from eaa.domain.environment import Consent, Environment, EnvironmentRequest
from eaa.domain.errors import EnvironmentMissing
from eaa.domain.ids import CommitId, EnvironmentKey, RunId
from eaa.domain.project import Project
from eaa.domain.repository import Repository
from eaa.engine.environments_here import environment_here
from eaa.engine.workflows.order import Order
from tests.support.tiny_world import (
    ENVIRONMENT,
    REPOSITORY,
    TinyRepositories,
    TinyToolchain,
    TinyWorkspaces,
    tiny_project,
)

ELSEWHERE = replace(ENVIRONMENT, mounts=(("/of/another/machine", "/of/another/machine"),))
ORDER = Order(RunId("run_1"), REPOSITORY, CommitId("b" * 40), EnvironmentRequest(consent=Consent.GIVEN))


class _Machine(TinyToolchain):
    """Has an environment of its own, and nothing of another machine."""

    def __init__(self, own: Environment) -> None:
        repositories = TinyRepositories()
        super().__init__(TinyWorkspaces(repositories), repositories)
        self.own = own
        self.asked: list[tuple[CommitId, EnvironmentRequest]] = []

    @override
    def is_here(self, environment: Environment) -> bool:
        return environment == self.own

    @override
    async def prepare(
        self, project: Project, repository: Repository, commit: CommitId, request: EnvironmentRequest
    ) -> Environment:
        self.asked.append((commit, request))
        return self.own


async def test_an_environment_of_another_machine_is_built_anew_with_what_the_order_allows() -> None:
    machine = _Machine(replace(ENVIRONMENT, recipe="here"))

    found = await environment_here(ELSEWHERE, tiny_project(["a.py"]), ORDER, toolchain=machine)

    assert found == machine.own
    assert machine.asked == [(ORDER.base, ORDER.request)]


async def test_what_is_here_is_used_as_it_is() -> None:
    machine = _Machine(ENVIRONMENT)

    assert await environment_here(ENVIRONMENT, tiny_project(["a.py"]), ORDER, toolchain=machine) == ENVIRONMENT
    assert machine.asked == []


async def test_a_machine_with_another_key_says_so() -> None:
    machine = _Machine(replace(ENVIRONMENT, key=EnvironmentKey("f" * 64), interpreter_version="3.12.1"))

    with pytest.raises(EnvironmentMissing, match=r"3\.11\.0 .* this machine has 3\.12\.1"):
        await environment_here(ELSEWHERE, tiny_project(["a.py"]), ORDER, toolchain=machine)
