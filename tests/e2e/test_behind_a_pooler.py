"""Behind a pooler that hands each transaction to another server connection, runs are done, once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.support.real_runs import lay_out_runs
from tests.e2e.support.services import Services, services_on
from tests.postgres import new_database
from tests.support.own_server import pooler

pytestmark = [pytest.mark.slow, pytest.mark.sandbox, pytest.mark.postgres]


@pytest.fixture
def services(postgres_url: str, tmp_path: Path) -> Iterator[Services]:
    tmp_path.chmod(0o755)
    with new_database(postgres_url) as direct_url, pooler(direct_url) as pooled:
        variables = {
            "EAA_LOG_FORMAT": "json",
            "EAA_DRAIN_S": "1",
            "EAA_DATABASE_URL": pooled.url,
            "EAA_DATABASE_DIRECT_URL": direct_url,
        }
        with services_on(replace(lay_out_runs(tmp_path), variables=variables), tmp_path, direct_url) as made:
            yield made


def test_a_run_is_done_by_a_dispatcher_and_roles_and_taken_over_from_one_that_dies(services: Services) -> None:
    first = services.start("dispatcher")
    for role in ("pm", "sa", "rd", "sd", "qa", "sre"):
        services.start("role", role)
    services.start("gateway")
    services.queue()
    services.until_event("tests.written")
    services.start("dispatcher")

    first.kill()
    services.until_done()

    assert services.wrongs() == []
    assert services.rows("SELECT generation FROM runs") == [(2,)]
