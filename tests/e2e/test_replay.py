"""`eaa export` and `eaa replay`: the same elsewhere, named where it differs, forked with another model."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eaa.adapters.files.bundles import read_bundle, write_bundle
from tests.e2e.support.model_runs import CHANGED, ModelRuns, call, model_runs
from tests.e2e.support.real_runs import ROOT, RealRuns
from tests.loopback.scripted_team import team_of

EXAMPLE = ROOT / "examples/replay/scripted-feature.eaa.tar.gz"
_ENTRY = re.compile(r"  \d+ (shell|edit|submit)")
OTHER_AUTHOR = (
    call("edit", path="prices.py", content=CHANGED.replace("discount=0", "discount=0.0")),
    call("submit", summary="Another way."),
)


@dataclass(frozen=True, slots=True)
class Exported:
    """A run that ended well, and its bundle."""

    runs: ModelRuns
    run: str
    bundle: Path

    def elsewhere(self, folder: Path) -> RealRuns:
        """Return another installation, in a folder without any repository and without a model."""
        place = folder / "elsewhere"
        place.mkdir()
        return RealRuns(repository=place, home=folder / "other home")

    def altered(self, path: Path, change: Callable[[bytes], bytes]) -> Path:
        """Write the bundle with another record."""
        recording, repository = read_bundle(self.bundle)
        assert change(recording) != recording
        write_bundle(path, recording=change(recording), repository=repository)
        return path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp("exported")
    with model_runs(folder) as runs:
        ended = runs.local.eaa(*runs.command, "--json")
        assert ended.returncode == 0, ended.stderr
        run, bundle = json.loads(ended.stdout)["run"], folder / "run.eaa.tar.gz"
        told = runs.local.eaa("export", run, str(bundle))
        assert told.returncode == 0, told.stderr
        yield Exported(runs, run, bundle)


def test_a_run_is_the_same_where_neither_its_repository_nor_its_model_is(exported: Exported, tmp_path: Path) -> None:
    ended = exported.elsewhere(tmp_path).eaa("replay", str(exported.bundle))

    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.splitlines()[-1] == "eaa replay: the same"
    assert "the recorded answers of openai/loop-1" in ended.stderr


def test_a_replay_asks_no_model_and_leaves_no_branch_and_no_run(exported: Exported) -> None:
    asked, branches = len(exported.runs.models.requests), exported.runs.local.git("branch", "--list")
    runs = exported.runs.local.rows("SELECT count(*) FROM runs")

    ended = exported.runs.local.eaa("replay", exported.run, "--json")

    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert (said["ok"], said["steps"], said["difference"]) == (True, 11, None)
    assert len(exported.runs.models.requests) == asked
    assert exported.runs.local.git("branch", "--list") == branches
    assert exported.runs.local.rows("SELECT count(*) FROM runs") == runs


def test_the_same_run_gives_the_same_bytes_and_nothing_of_this_machine(exported: Exported, tmp_path: Path) -> None:
    again = exported.runs.local.eaa("export", exported.run, str(tmp_path / "again"), "--json")

    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again").read_bytes() == exported.bundle.read_bytes()
    recording, _ = read_bundle(exported.bundle)
    for place in (exported.runs.local.repository, exported.runs.local.home, Path.home()):
        assert str(place).encode() not in recording


def test_a_bundle_never_replaces_a_file(exported: Exported) -> None:
    before = exported.bundle.read_bytes()

    refused = exported.runs.local.eaa("export", exported.run, str(exported.bundle))

    assert refused.returncode == 2
    assert "is there already" in refused.stderr
    assert exported.bundle.read_bytes() == before


def test_one_other_letter_in_a_tool_result_is_found_and_named(exported: Exported, tmp_path: Path) -> None:
    altered = exported.altered(tmp_path / "altered", lambda record: record.replace(b"9 lines", b"8 lines", 1))

    ended = exported.elsewhere(tmp_path).eaa("replay", str(altered), "--json")

    assert ended.returncode == 1, ended.stdout
    difference = json.loads(ended.stdout)["difference"]
    assert (difference["where"], difference["field"]) == ("tester, entry 6 (tool ended)", "text")
    assert "8 lines" in difference["recorded"]
    assert "9 lines" in difference["now"]


def test_another_answer_of_the_engine_is_found_and_named(exported: Exported, tmp_path: Path) -> None:
    altered = exported.altered(
        tmp_path / "altered", lambda record: record.replace(b'"suspiciousness":0.8165', b'"suspiciousness":0.8166', 1)
    )

    ended = exported.elsewhere(tmp_path).eaa("replay", str(altered), "--from", "reproduction")

    assert ended.returncode == 1, ended.stdout
    assert ended.stdout.splitlines() == [
        "eaa replay: differs at step 5 `RD · reproduction`, artefact.suspects[0].suspiciousness",
        "  recorded: 0.8166",
        "  now:      0.8165",
    ]


def test_a_prompt_that_says_something_else_now_is_found_and_named(exported: Exported, tmp_path: Path) -> None:
    elsewhere = exported.elsewhere(tmp_path)
    shipped = Path("src/eaa/engine/llm/prompt_files/agent/system.md")
    changed = elsewhere.home / "prompts/agent/system.md"
    changed.parent.mkdir(parents=True)
    changed.write_text((Path(__file__).parents[2] / shipped).read_text().replace("Look before you change.", "Look."))

    ended = elsewhere.eaa("replay", str(exported.bundle))

    assert ended.returncode == 1, ended.stdout
    assert "differs at requirement, entry 1 (opened), system" in ended.stdout


def test_another_model_works_on_from_a_step_in_a_run_of_its_own(exported: Exported) -> None:
    runs = exported.runs
    runs.models.models = ("loop-1", "loop-2")
    runs.models.script = team_of({"author": OTHER_AUTHOR})
    asked = len(runs.models.requests)

    ended = runs.local.eaa("replay", exported.run, "--from", "patch", "--model", "openai/loop-2", "--json")

    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert (said["verdict"], said["fork_of"], said["fork_from"]) == ("done", exported.run, "SD · patch")
    assert said["run"] != exported.run
    assert {received.content()["model"] for received in runs.models.requests[asked:]} == {"loop-2"}
    assert len(runs.models.requests) - asked == len(OTHER_AUTHOR)
    assert "discount=0.0" in runs.local.git("show", f"{said['branch']}:prices.py")
    assert runs.local.eaa("verify", said["run"], "--repo", ".").returncode == 0


def test_a_run_that_was_killed_and_resumed_is_the_same(tmp_path: Path) -> None:
    with model_runs(tmp_path) as runs:
        with runs.local.started(*runs.command) as process:
            seen = 0
            assert process.process.stderr is not None
            while seen < 5 and (line := process.process.stderr.readline()):
                seen += _ENTRY.match(line) is not None
            process.kill()
        assert runs.local.eaa("resume").returncode == 0
        (run,) = runs.local.rows("SELECT id FROM runs")[0]

        ended = runs.local.eaa("replay", run)

    assert ended.returncode == 0, ended.stdout
    assert "eaa replay: the same" in ended.stdout


def test_the_example_of_the_demo_is_the_same(tmp_path: Path) -> None:
    """When prompts, tools or stages changed on purpose: `.venv/bin/python -m scripts.record_example FILE`."""
    ended = RealRuns(repository=ROOT, home=tmp_path / "home").eaa("replay", str(EXAMPLE))

    assert ended.returncode == 0, ended.stdout
    assert "the recorded answers of scripted" in ended.stderr


def test_what_is_no_bundle_and_no_run_is_refused_with_a_way_out(exported: Exported, tmp_path: Path) -> None:
    elsewhere = exported.elsewhere(tmp_path)
    (tmp_path / "noise").write_bytes(b"noise")

    nothing = elsewhere.eaa("replay", "run_nobody")
    noise = elsewhere.eaa("replay", str(tmp_path / "noise"))
    naked = elsewhere.eaa("replay", str(exported.bundle), "--unsafe-no-sandbox")
    nowhere = elsewhere.eaa("replay", str(exported.bundle), "--from", "lunch")

    assert [one.returncode for one in (nothing, noise, naked, nowhere)] == [2, 2, 2, 2]
    assert "no bundle" in noise.stderr
    assert "sandbox" in naked.stderr
    assert "6 `SD · patch`" in nowhere.stderr
