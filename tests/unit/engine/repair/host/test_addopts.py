"""Which plugins and options of a project matter."""

from pathlib import Path

from eaa.engine.repair.host.addopts import kept_options, unneeded_plugins


def test_plugins_that_nobody_mentions_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_a():\n    assert True\n")

    assert "no:hypothesispytest" in unneeded_plugins([str(tmp_path / "test_a.py")], str(tmp_path))


def test_a_plugin_mentioned_by_a_test_or_a_setting_stays(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("from hypothesis import given\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")

    left_out = unneeded_plugins([str(tmp_path / "test_a.py")], str(tmp_path))

    assert "no:hypothesispytest" not in left_out
    assert "no:asyncio" not in left_out


def test_a_helper_beside_the_tests_counts(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("from helper import numbers\n")
    (tmp_path / "helper.py").write_text("from hypothesis import strategies\n")

    assert "no:hypothesispytest" not in unneeded_plugins([str(tmp_path / "test_a.py")], str(tmp_path))


def test_options_that_change_what_is_collected_stay(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "--import-mode=importlib -x"\n')

    assert kept_options(str(tmp_path)) == ["--import-mode=importlib"]
