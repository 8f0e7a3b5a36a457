import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WRONG = {
    "order": ("sorted(intervals)", "intervals"),
    "touching": ("merged[-1][1] + 1", "merged[-1][1]"),
    "nested": ("max(merged[-1][1], last)", "last"),
    "backwards": ("if last < first:", "if False:"),
    "single": ("if last < first:", "if last <= first:"),
}


def suite_passes(folder, old="", new=""):
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("*_hidden.py", ".git", "__pycache__"))
    source = folder / "intervals.py"
    text = source.read_text()
    assert old in text
    source.write_text(text.replace(old, new, 1))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=folder, capture_output=True).returncode == 0


def test_the_suite_passes_as_it_is(tmp_path):
    assert suite_passes(tmp_path / "copy")


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_merge_is_noticed(tmp_path, wrong):
    assert not suite_passes(tmp_path / "copy", *WRONG[wrong])
