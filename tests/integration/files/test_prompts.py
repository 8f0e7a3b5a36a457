from pathlib import Path

import pytest

from eaa.adapters.files.prompts import FolderPrompts


@pytest.fixture
def prompts(tmp_path: Path) -> FolderPrompts:
    for folder, text in (("shipped", "ours"), ("own", "theirs")):
        (tmp_path / folder / "roles").mkdir(parents=True)
        (tmp_path / folder / "plan.md").write_text(text)
    (tmp_path / "shipped" / "roles" / "pm.md").write_text("pm")
    (tmp_path / "secret.md").write_text("secret")
    return FolderPrompts(own=tmp_path / "own", shipped=[tmp_path / "shipped"])


def test_the_installations_own_file_comes_first(prompts: FolderPrompts, tmp_path: Path) -> None:
    plan, role = prompts.read("plan"), prompts.read("roles/pm")

    assert prompts.names() == ("plan", "roles/pm")
    assert plan is not None
    assert role is not None
    assert (plan.content, plan.source) == (b"theirs", str(tmp_path / "own" / "plan.md"))
    assert (role.content, role.source) == (b"pm", "shipped")


@pytest.mark.parametrize("name", ["../secret", "roles/../../secret", "/etc/hosts", "", ".hidden", "gone"])
def test_nothing_outside_the_folders_is_read(prompts: FolderPrompts, name: str) -> None:
    assert prompts.read(name) is None


def test_an_installation_without_prompts_of_its_own_has_the_shipped_ones(tmp_path: Path) -> None:
    assert FolderPrompts(own=tmp_path / "none", shipped=[]).names() == ()
