"""A scripted model for a folder of tasks: which of its scripts plays is read off the request in the prompt.

Each task's folder holds a `scripted.json` in the shape of `tests.loopback.scripted_team`, with the role `alone` for the
author who works without a team. What such a model does says nothing about any model.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.loopback.model_wire import Received, Scripted
from tests.loopback.scripted_team import ScriptedTeam, read_script

SCRIPT_FILE, REQUEST_FILE = "scripted.json", "task.md"


@dataclass(frozen=True, slots=True)
class ScriptedTasks:
    """Scripts by the first line of their task."""

    teams: Mapping[str, ScriptedTeam]

    def __call__(self, received: Received) -> Scripted:
        """Return the answer of the task whose first line is in the prompt."""
        prompt = json.dumps(received.content()["messages"])
        team = next((team for line, team in self.teams.items() if line in prompt), None)
        return team(received) if team is not None else Scripted(text="No script knows this task.")


def read_scripts(folder: Path) -> ScriptedTasks:
    """Return the scripts of a folder's tasks."""
    return ScriptedTasks(
        {
            (path.parent / REQUEST_FILE).read_text(encoding="utf-8").splitlines()[0]: read_script(path)
            for path in sorted(folder.glob(f"*/{SCRIPT_FILE}"))
        }
    )
