"""Machines that share a database and no disk."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eaa.domain.evidence import Evidence
from eaa.engine.codec import decode
from eaa.engine.evidence.record import encode_evidence
from tests.e2e.support.two_hosts import TwoHosts, two_hosts, with_variables
from tests.loopback.github import REPOSITORY, TOKEN, LoopbackGithub, serving_in_thread
from tests.postgres import new_database

pytestmark = [pytest.mark.slow, pytest.mark.sandbox, pytest.mark.postgres]

ROLES = ("pm", "sa", "rd", "sd", "qa", "sre")


@pytest.fixture
def hosts(tmp_path: Path, postgres_url: str) -> Iterator[TwoHosts]:
    tmp_path.chmod(0o755)
    with new_database(postgres_url) as url, two_hosts(tmp_path, url) as made:
        yield made


def _record(hosts: TwoHosts, run: str) -> bytes:
    """Return the evidence of a run as it is on record."""
    [(output, blob)] = hosts.first.rows(
        "SELECT output, output_blob FROM steps WHERE name LIKE 'verification in fresh workspaces%'"
        f" AND run_id = '{run}'"
    )
    if blob is not None:
        [(output,)] = hosts.first.rows(f"SELECT content FROM blobs WHERE id = '{blob}'")
    return bytes(output)


def _evidence(hosts: TwoHosts, run: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_record(hosts, run))
    kept = {name: found[name] for name in ("verdict", "base", "patch_id", "criteria", "environment_key")}
    # The commit's message names the run.
    return {**kept, "tree": found["head"]["tree"]}


def test_roles_on_another_machine_do_the_same_work(hosts: TwoHosts) -> None:
    run = hosts.first.queue()
    for role in ROLES:
        hosts.start_on_second("role", role)
    dispatcher = hosts.first.start("dispatcher")

    hosts.first.until_done()

    assert hosts.first.wrongs() == []
    packs = hosts.first.rows("SELECT run_id, needs, size_bytes FROM commit_packs")
    assert sorted({made for made, _, _ in packs}) == ["", run]
    assert all(size < 20_000 for made, _, size in packs if made)
    mirrors = sorted(path.name for path in (hosts.second_home / "repositories").glob("*.git"))
    assert mirrors == sorted(path.name for path in (hosts.first.runs.home / "repositories").glob("*.git"))
    shared = _evidence(hosts, run)
    assert dispatcher.stop() == 0
    alone = hosts.first.runs.eaa("run", "issue.md", "--repo", ".", "--offline", "--yes", "--json")
    assert alone.returncode == 0, alone.stderr
    [(again,)] = hosts.first.rows(f"SELECT id FROM runs WHERE id <> '{run}'")
    assert _evidence(hosts, again) == shared


@pytest.mark.parametrize("event", ["tests.written", "patch.proposed"])
def test_a_machine_that_is_gone_with_its_disk_is_replaced_by_another(hosts: TwoHosts, event: str) -> None:
    first = hosts.first.start("dispatcher", "--own-roles")
    hosts.first.queue()
    hosts.first.until_event(event)

    first.kill()
    hosts.lose_first_disk()
    hosts.start_on_second("dispatcher", "--own-roles")
    hosts.first.until_done()

    assert hosts.first.wrongs() == []
    assert hosts.first.rows("SELECT generation, attempt FROM runs") == [(2, 1)]
    _is_verified(hosts)


def _is_verified(hosts: TwoHosts, repository: str = ".") -> None:
    [(run,)] = hosts.first.rows("SELECT id FROM runs")
    file = hosts.first.folder / "evidence.json"
    file.write_bytes(encode_evidence(decode(_record(hosts, run), Evidence)))
    verified = hosts.on_second.eaa("verify", str(file), "--repo", repository, "--yes", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert json.loads(verified.stdout)["differences"] == []


def test_a_machine_that_is_gone_is_replaced_for_an_address(hosts: TwoHosts) -> None:
    host = hosts.first.folder / "host.git"
    hosts.first.runs.git("clone", "--quiet", "--bare", ".", str(host))
    with serving_in_thread(LoopbackGithub(git=host)) as github:
        address = f"{github.address}/{REPOSITORY}"
        login = {"EAA_GITHUB_API_URL": github.address, "EAA_GITHUB_TOKEN": TOKEN}
        hosts = with_variables(hosts, login)
        first = hosts.first.start("dispatcher", "--own-roles")
        run = hosts.first.queue("--repo", address)
        hosts.first.until_event("patch.proposed")

        first.kill()
        hosts.lose_first_disk()
        hosts.start_on_second("dispatcher", "--own-roles")
        states = "SELECT state FROM runs"
        hosts.first.until(lambda: hosts.first.rows(states) in ([("waiting",)], [("done",)]), "the change is made")
        if hosts.first.rows(states) == [("waiting",)]:
            head = decode(_record(hosts, run), Evidence).head.commit
            approved = hosts.on_second.eaa("resume", run, "--approve", head, "--queue")
            assert approved.returncode == 0, approved.stderr
        hosts.first.until_done()
        _is_verified(hosts, f"{address}.git")

        assert [entry["what"] for entry in github.journal] == ["branch"]
    assert hosts.first.rows("SELECT kind, state FROM effects") == [("push branch", "confirmed")]
    assert hosts.first.rows("SELECT run_id FROM commit_packs WHERE run_id = ''") == []


def test_a_change_outlives_the_machine_with_its_folder(hosts: TwoHosts, tmp_path: Path) -> None:
    first = hosts.first.start("dispatcher", "--own-roles")
    run = hosts.first.queue()
    hosts.first.until_event("patch.proposed")
    first.kill()
    hosts.lose_first_disk()
    hosts.first.runs.repository.rename(tmp_path / "out of reach")
    hosts.first.runs.repository.mkdir()
    second = hosts.start_on_second("dispatcher", "--own-roles")
    hosts.first.until(lambda: "run.out_of_reach" in second.events(), "the second host says what it cannot reach")

    bundle = tmp_path / "run.eaa.tar.gz"
    exported = hosts.on_second.eaa("export", run, str(bundle))

    assert exported.returncode == 0, exported.stderr
    with tarfile.open(bundle) as archive:
        assert any("repository" in name for name in archive.getnames())
    assert hosts.first.rows("SELECT state, owner_slot, generation FROM runs") == [("queued", None, 2)]
    hosts.first.runs.repository.rmdir()
    (tmp_path / "out of reach").rename(hosts.first.runs.repository)
    assert second.stop() == 0
    hosts.start_on_second("dispatcher", "--own-roles")
    hosts.first.until_done()
    assert hosts.first.wrongs() == []
    lost = hosts.first.runs.repository
    lost.rename(tmp_path / "lost")
    lost.mkdir()
    shown = hosts.on_second.eaa("task", "diff", run)
    assert shown.returncode == 0, shown.stderr
    assert "+++ b/" in shown.stdout
