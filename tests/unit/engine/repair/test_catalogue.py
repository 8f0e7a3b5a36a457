"""The catalogue of programs and faults: every text is there once, every fault is a change."""

import ast
import tomllib
from pathlib import Path

import pytest

PROGRAMS = sorted((Path(__file__).parents[4] / "examples" / "repair" / "programs").glob("*.toml"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_every_fault_changes_its_program_in_one_place(path: Path) -> None:
    program = tomllib.loads(path.read_text())
    source = program["source"]

    for fault in program["faults"]:
        assert source.count(fault["was"]) == 1, fault["name"]
        faulty = source.replace(fault["was"], fault["is"])
        assert ast.dump(ast.parse(faulty)) != ast.dump(ast.parse(source)), fault["name"]
