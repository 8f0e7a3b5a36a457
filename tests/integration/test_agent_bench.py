"""The figures behind `eaa bench agent` are taken from real runs against the scripted model; the peer is left out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from eaa.cli.bench_agent import report_of
from eaa.wiring.agent_bench.figures import MeasuredRun, prefix_shares
from eaa.wiring.agent_bench.run import ESTIMATE, Bench
from eaa.wiring.agent_bench.server import ScriptedModel, run_name
from eaa.wiring.agent_bench.task import command_of
from tests.support.sandbox import require_bubblewrap

OURS = {
    "overhead_ms_p50",
    "overhead_ms_min",
    "overhead_ms_p90",
    "cpu_ms_p50",
    "command_ms_p50",
    "command_cpu_ms_p50",
    "rss_mb",
    "start_s",
    "first_start_s",
    "own_tests_s",
    "tokens_4_steps",
    "tokens_6_steps",
    "prefix_share",
    "prefix_kept",
}


@pytest.mark.slow
@pytest.mark.sandbox
def test_without_the_peer_ours_is_measured_and_one_object_is_printed(tmp_path: Path) -> None:
    require_bubblewrap()
    words = ["--rounds", "1", "--lengths", "4", "6", "8", "--mini-python", "/bin/false", "--json"]

    ended = subprocess.run(
        [sys.executable, "-m", "eaa", "bench", "agent", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "EAA_HOME": str(tmp_path / "home")},
        timeout=300,
    )

    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert set(found["eaa"]) == OURS
    assert all(found["eaa"][name] > 0 for name in OURS - {"overhead_ms_min"})
    assert found["eaa"]["prefix_kept"] == 1.0
    assert "missing" in found["mini"]
    assert found["ratios"] == {}
    assert found["token_counter"] == ESTIMATE
    assert (found["flatness"]["early_step"], found["flatness"]["late_step"]) == (7, 8)
    assert found["flatness"]["prompt_bytes_late"] >= found["flatness"]["prompt_bytes_early"]
    assert any("scripted" in line for line in found["compared"])


def test_a_target_is_met_or_missed_and_the_peer_is_set_against_us() -> None:
    ours = {"overhead_ms_p50": 10.0, "cpu_ms_p50": 6.0, "tokens_10_steps": 12_000, "prefix_share": 0.97}
    bench = Bench(
        figures={"eaa": ours, "mini": {"overhead_ms_p50": 40.0, "cpu_ms_p50": 9.0, "tokens_10_steps": 24_000}},
        flatness={},
        failures={},
        token_counter="cl100k_base",
    )

    report = report_of(bench)

    assert report["ratios"] == {
        "mini / eaa, overhead_ms_p50": 4.0,
        "mini / eaa, cpu_ms_p50": 1.5,
        "mini / eaa, tokens_10_steps": 2.0,
    }
    assert report["targets"]["overhead_ms_p50"] == {"target": 12, "found": 10.0, "met": True}
    assert report["targets"]["cpu_ms_p50"] == {"target": 5, "found": 6.0, "met": False}
    assert report["targets"]["prefix_share"]["met"] is True


def test_a_command_is_taken_off_the_time_of_its_step(tmp_path: Path) -> None:
    requests = [{"arrived_s": 0.0, "sent_s": 1.0}, {"arrived_s": 1.5, "sent_s": 2.0}]
    prompt = json.dumps({"messages": [{"role": "user", "content": "x"}]})
    first = {"began_s": 1.1, "ended_s": 1.4, "own_cpu_s": 1.0, "own_cpu_after_s": 1.02}
    second = {"began_s": 2.1, "ended_s": 2.2, "own_cpu_s": 1.05, "own_cpu_after_s": 1.06}
    commands = [
        first | {"child_cpu_s": 0.0, "child_cpu_after_s": 0.2},
        second | {"child_cpu_s": 0.21, "child_cpu_after_s": 0.3},
    ]
    asked, notes = tmp_path / "asked.json", tmp_path / "notes.json"
    asked.write_text(json.dumps({"requests": requests, "prompts": [prompt, prompt]}))
    notes.write_text(json.dumps({"commands": commands, "ended": "submitted", "rss_mb": 100.0}))

    run = MeasuredRun.read(asked, notes)

    assert run.steps[0].overhead_ms == pytest.approx(200)
    assert run.steps[0].command_ms == pytest.approx(300)
    assert len(run.cpu_ms) == 1
    assert run.cpu_ms[0] == pytest.approx(40)


def test_a_run_that_skipped_commands_is_no_measurement(tmp_path: Path) -> None:
    asked, notes = tmp_path / "asked.json", tmp_path / "notes.json"
    asked.write_text(json.dumps({"requests": [{"arrived_s": 0.0, "sent_s": 1.0}] * 4, "prompts": []}))
    notes.write_text(json.dumps({"commands": [], "ended": "stuck", "rss_mb": 100.0}))

    with pytest.raises(ValueError, match="it ended as stuck"):
        MeasuredRun.read(asked, notes)


def test_what_was_rewritten_is_no_prefix() -> None:
    assert prefix_shares(("abcd", "abcdef")) == (4 / 6, 1.0)
    assert prefix_shares(("abcd", "abXdef")) == (2 / 6, 0.5)


def test_the_script_is_read_off_the_name_of_the_run() -> None:
    model = ScriptedModel()
    path = f"/{run_name('eaa', 1, steps=2)}/v1/chat/completions"

    first, second = (model.answer(path, b"{}", 0.0) for _ in range(2))

    assert b'"name": "shell"' in first
    assert command_of(0, is_small=False).encode() in first
    assert b'"name": "submit"' in second


def test_no_command_of_a_script_is_the_same_as_another() -> None:
    for is_small in (False, True):
        commands = [command_of(number, is_small=is_small) for number in range(500)]
        assert len(set(commands)) == len(commands)
