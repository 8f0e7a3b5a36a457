"""What CI and deployment files mean for a change."""

from dataclasses import replace

import pytest

from eaa.roles.sre.analysis import glob_matches, remarks_on_changed, remarks_on_deployment, remarks_on_workflow
from eaa.roles.sre.lines import Entry, entries
from tests.support.tiny_world import ENVIRONMENT

HERE = replace(ENVIRONMENT, interpreter_version="3.11.7")


def workflow(text: str, *changed: str) -> tuple[str, ...]:
    """Return the remarks on a workflow."""
    return tuple(remark.text for remark in remarks_on_workflow("ci.yml", text, changed=changed, environment=HERE))


def test_scalars_are_read_with_their_keys() -> None:
    text = (
        "on:\n  push:\n    paths:\n      - 'src/**'   # ours\n    branches: [main, \"dev\"]\n"
        "jobs:\n  a:\n    steps:\n"
        "      - run: |\n          on: x\n      - uses: b\n        with:\n          python: '3.12'\n"
    )

    assert list(entries(text)) == [
        Entry(("on",), "", 1),
        Entry(("on", "push"), "", 2),
        Entry(("on", "push", "paths"), "", 3),
        Entry(("on", "push", "paths"), "src/**", 4),
        Entry(("on", "push", "branches"), "main", 5),
        Entry(("on", "push", "branches"), "dev", 5),
        Entry(("jobs",), "", 6),
        Entry(("jobs", "a"), "", 7),
        Entry(("jobs", "a", "steps"), "", 8),
        Entry(("jobs", "a", "steps", "run"), "|", 9),
        Entry(("jobs", "a", "steps", "uses"), "b", 11),
        Entry(("jobs", "a", "steps", "with"), "", 12),
        Entry(("jobs", "a", "steps", "with", "python"), "3.12", 13),
    ]


def test_a_list_at_its_keys_own_indent_belongs_to_the_key() -> None:
    assert [entry.value for entry in entries("paths:\n- a\n- b\n") if entry.keys == ("paths",)] == ["", "a", "b"]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("src/**", "src/a/b.py", True),
        ("**.py", "src/a.py", True),
        ("*.py", "a.py", True),
        ("*.py", "src/a.py", False),
        ("**/test_*.py", "test_a.py", True),
        ("docs/*", "docs/a/b.md", False),
    ],
)
def test_path_filters_match_like_the_code_hosts(pattern: str, path: str, matches: bool) -> None:
    assert glob_matches(pattern, path) is matches


def test_a_workflow_that_leaves_the_changed_files_out_is_said() -> None:
    text = "on:\n  push:\n    paths:\n      - 'docs/**'\n"

    assert "does not run for this change" in workflow(text, "src/a.py")[0]
    assert workflow(text, "docs/a.md") == ()


def test_an_ignore_list_and_a_negated_pattern_are_understood() -> None:
    ignoring = "on:\n  pull_request:\n    paths-ignore: ['src/**']\n"
    negated = "on:\n  push:\n    paths:\n      - 'src/**'\n      - '!src/gen/**'\n"

    assert len(workflow(ignoring, "src/a.py")) == 1
    assert workflow(ignoring, "src/a.py", "b.py") == ()
    assert len(workflow(negated, "src/gen/a.py")) == 1
    assert workflow(negated, "src/a.py") == ()


def test_interpreters_without_evidence_are_named_in_order() -> None:
    text = "on: push\njobs:\n  t:\n    strategy:\n      matrix:\n        python-version: ['3.9', '3.10', '3.11']\n"

    assert workflow(text, "a.py") == ("also tests on 3.9, 3.10; the evidence here is from 3.11",)


def test_the_evidences_own_interpreter_needs_no_remark() -> None:
    assert (
        workflow("on: push\njobs:\n  t:\n    steps:\n      - with:\n          python-version: '3.11'\n", "a.py") == ()
    )


def test_an_image_is_rebuilt_only_for_what_it_copies() -> None:
    dockerfile = "FROM python\nCOPY --chown=a src/ /app/\nCOPY --from=build /x /y\n"

    assert remarks_on_deployment("Dockerfile", dockerfile, changed=["src/a.py"])[0].path == "Dockerfile"
    assert remarks_on_deployment("Dockerfile", dockerfile, changed=["other/a.py"]) == ()
    assert remarks_on_deployment("Dockerfile", "COPY . .\n", changed=["x.py"]) != ()


def test_changed_ci_migrations_and_manifests_are_each_a_remark() -> None:
    remarks = remarks_on_changed(
        [".github/workflows/a.yml", "db/migrations/1.py", "pyproject.toml", "k8s/a.yaml", "a.py"]
    )

    assert [remark.path for remark in remarks] == [
        ".github/workflows/a.yml",
        "db/migrations/1.py",
        "pyproject.toml",
        "k8s/a.yaml",
    ]
    assert "a person must read it" in remarks[0].text
