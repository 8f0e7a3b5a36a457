"""A pull request on a code host: one branch and one pull request, whatever dies and whoever says no in between."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.support.effect_runs import EffectRuns, effect_runs
from tests.e2e.support.real_runs import COMMANDS_S, Started
from tests.loopback.github import REPOSITORY, TOKEN, Fault, Hold

PUSH, PROPOSE = "/git-receive-pack", "/pulls"
SECRETS = (TOKEN.encode(), b64encode(f"x-access-token:{TOKEN}".encode()))


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[EffectRuns]:
    """A fresh project, a fresh home, and a code host."""
    tmp_path.chmod(0o755)
    with effect_runs(tmp_path) as laid_out:
        yield laid_out


def kill_at(held: Hold, run: Started, runs: EffectRuns) -> None:
    """Kill a run as soon as its request is held."""
    assert held.reached.wait(COMMANDS_S), "the request never came"
    assert arguments_with_secrets() == []
    runs.kill_with_git(run)
    held.let_go.set()


def arguments_with_secrets() -> list[bytes]:
    """Return the command lines of this machine that show the token."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes()
        except OSError:
            continue
        found += [words for secret in SECRETS if secret in words]
    return found


def files_with_secrets(folder: Path) -> list[str]:
    """Return the files below a folder that hold the token."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [str(path) for path in files if any(secret in path.read_bytes() for secret in SECRETS)]


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_run_killed_around_each_of_its_writes_makes_each_of_them_once(runs: EffectRuns) -> None:
    moments = [("hold before", PUSH), ("hold after", PUSH), ("hold before", PROPOSE), ("hold after", PROPOSE)]
    command, before = runs.command, dict[str, object]()
    for kind, path in moments:
        held = runs.hold(kind, path)
        with runs.local.started(*command) as run:
            kill_at(held, run, runs)
        after: dict[str, object] = dict(runs.local.steps())
        assert {title: after[title] for title in before} == before
        command, before = ("resume",), after

    ended = runs.local.eaa("resume", "--json")

    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert (said["verdict"], said["pull_request"]) == ("done", runs.github.pulls[0]["html_url"])
    assert runs.wrongs() == []
    assert said["branch"] in runs.branches()
    assert runs.github.pulls[0]["title"] == "fix: add subtracts"
    assert "### Evidence" in runs.github.pulls[0]["body"]
    assert files_with_secrets(runs.local.home) == []


@pytest.mark.slow
@pytest.mark.sandbox
def test_whoever_says_no_is_told_apart_and_the_run_waits(runs: EffectRuns) -> None:
    refusals = [
        (Fault("status", "POST", PUSH, status=403), 2, "403"),
        (Fault("status", "POST", PROPOSE, status=401), 1, "EAA_GITHUB_TOKEN"),
        (Fault("status", "POST", PROPOSE, status=403), 1, "read and write access"),
        (Fault("status", "POST", PROPOSE, status=404), 1, "finds nothing there"),
        (Fault("status", "POST", PROPOSE, status=422), 1, "base branch"),
        (Fault("drop before", "POST", PROPOSE), 1, "did not answer"),
    ]
    command, run_id = runs.command, ""
    for fault, code, because in refusals:
        runs.github.faults.append(fault)
        ended = runs.local.eaa(*command)
        assert (ended.returncode, because in ended.stderr) == (code, True), ended.stderr
        [(run_id, state)] = runs.local.rows("SELECT id, state FROM runs")
        assert (state, f"eaa resume {run_id}" in ended.stderr) == ("waiting", True)
        assert TOKEN not in ended.stdout + ended.stderr
        command = ("resume",)
    assert len(runs.branches()) == 1
    without = replace(runs.local, variables={"EAA_GITHUB_API_URL": runs.github.address})
    refused = without.eaa("resume")
    assert (refused.returncode, "GitHub wants a token" in refused.stderr) == (1, True), refused.stderr

    ended = runs.local.eaa("resume", run_id)

    assert ended.returncode == 0, ended.stderr
    assert runs.github.pulls[0]["html_url"] in ended.stdout
    assert runs.wrongs() == []
    assert files_with_secrets(runs.local.home) == []


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_clone_pushes_to_its_origin_what_was_approved_and_the_pull_request_can_be_proved(
    runs: EffectRuns,
) -> None:
    issue = runs.command[1]

    held = runs.local.eaa("run", issue, "--pull-request")
    assert (held.returncode, runs.github.journal) == (4, []), held.stderr
    [(run, head)] = re.findall(r"eaa resume (run_\w+) --approve (\w+)", held.stderr)
    assert runs.local.states() == ["waiting"]
    assert runs.local.eaa("resume", run, "--approve", "0" * 12).returncode == 4
    assert runs.github.journal == []

    ended = runs.local.eaa("resume", run, "--approve", head, "--json")

    assert ended.returncode == 0, ended.stderr
    branch = json.loads(ended.stdout)["branch"]
    commit = runs.local.git("rev-parse", branch)
    assert runs.branches() == {branch: commit}
    assert [entry["what"] for entry in runs.github.journal] == ["branch", "pull request"]
    assert runs.local.rows("SELECT origin, source FROM tasks") == [("outside contributor", issue)]

    proved = runs.local.eaa("prove", f"{runs.github.address}/{REPOSITORY}/pull/1", "--json")

    assert proved.returncode == 0, proved.stderr
    evidence = json.loads(proved.stdout)
    assert (evidence["verdict"], evidence["head"]["commit"]) == ("done", commit)
    assert len(runs.github.journal) == 2


def test_what_cannot_work_is_refused_before_anything_begins(runs: EffectRuns) -> None:
    without = replace(runs.local, variables={"EAA_GITHUB_API_URL": runs.github.address})
    issue = runs.command[1]
    refusals = [
        (without.eaa(*runs.command), "a pull request needs a token"),
        (runs.local.eaa(*runs.command, "--offline"), "`--offline` means no code host"),
        (runs.local.eaa("run", issue, "--offline"), "`--offline` means no code host"),
        (runs.local.eaa("run", "https://gitlab.com/octo/shop/issues/1"), "is not the code host"),
        (runs.local.eaa("run", f"{runs.github.address}/{REPOSITORY}/pull/1"), "/issues/NUMBER"),
    ]

    assert [(ended.returncode, because in ended.stderr) for ended, because in refusals] == [(2, True)] * len(refusals)
    assert not runs.local.home.exists()
    assert runs.github.journal == []
