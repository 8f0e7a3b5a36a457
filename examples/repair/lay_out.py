"""Writes every fault of the catalogue as a small project with failing tests.

    python examples/repair/lay_out.py DIR && eaa bench repair --programs DIR

Each file of `programs/` is one correct program: `source`, `tests` that its users would write, `held_out` tests that a
repair is judged by afterwards, and `faults`, each a text of the source and what somebody wrote by mistake.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "programs"


def programs() -> list[tuple[str, dict[str, Any]]]:
    """Return (name, program) for every file of the catalogue, by name."""
    return [(path.stem, tomllib.loads(path.read_text())) for path in sorted(PROGRAMS.glob("*.toml"))]


def faulty_source(program: dict[str, Any], fault: dict[str, str]) -> str:
    """Return the source with one fault in it.

    Raises:
        ValueError: The fault's text is not in the source exactly once.
    """
    source = str(program["source"])
    if source.count(fault["was"]) != 1:
        raise ValueError(f"{fault['name']}: found {source.count(fault['was'])} times")
    return source.replace(fault["was"], fault["is"])


def lay_out(folder: Path) -> int:
    """Write one project a fault below a folder and return how many there are."""
    count = 0
    for name, program in programs():
        for fault in program["faults"]:
            project = folder / f"{name}-{fault['name']}"
            project.mkdir(parents=True, exist_ok=True)
            (project / f"{name}.py").write_text(faulty_source(program, fault))
            (project / f"test_{name}.py").write_text(program["tests"])
            for path, text in program.get("files", {}).items():
                (project / path).write_text(text)
            count += 1
    return count


if __name__ == "__main__":
    print(lay_out(Path(sys.argv[1])))
