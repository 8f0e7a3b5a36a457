"""`eaa bench` as a real process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.sandbox
def test_every_program_of_a_folder_is_measured_and_one_object_is_printed(tmp_path: Path) -> None:
    for name, body in (("good", "return a - b"), ("hopeless", "return __import__('nowhere')")):
        (tmp_path / "programs" / name).mkdir(parents=True)
        (tmp_path / "programs" / name / "sums.py").write_text(f"def add(a, b):\n    {body}\n")
        (tmp_path / "programs" / name / "test_sums.py").write_text(
            "from sums import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n    assert add(5, 7) == 12\n"
        )

    ended = subprocess.run(
        [sys.executable, "-m", "eaa", "bench", "repair", "--programs", "programs", "--budget-s", "5", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "EAA_HOME": str(tmp_path / "home")},
        timeout=120,
    )

    programs = json.loads(ended.stdout)["programs"]
    assert ended.returncode == 0
    assert [program["name"] for program in programs] == ["good", "hopeless"]
    assert set(programs[0]) == {"name", "plausible", "confidence", "seconds", "diff", "alternatives"}
    assert programs[0]["plausible"] is True
    assert "+    return a + b" in programs[0]["diff"]
    assert len(ended.stderr.splitlines()) == 2


@pytest.mark.slow
@pytest.mark.sandbox
def test_the_engine_is_measured_in_all_its_parts(tmp_path: Path) -> None:
    few = ("--tasks", "2", "--kills", "1", "--finished", "300", "--waiting", "4")
    ended = subprocess.run(
        [sys.executable, "-m", "eaa", "bench", "engine", *few, "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "EAA_HOME": str(tmp_path / "home")},
        timeout=240,
    )

    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert {"DBOS alone", "eaa"} <= {figures["contender"] for figures in found["contenders"]}
    services = found["services"]
    assert [services[name]["count"] for name in ("enqueue_to_start", "takeover")] == [2, 1]
    assert services["event_latency"]["count"] >= 4
    assert [figures["finished_runs"] for figures in found["histories"]] == [100, 300]
    assert found["waiting"]["runs"] == 4
    assert found["waiting"]["seconds"] >= found["waiting"]["wait_s"]
