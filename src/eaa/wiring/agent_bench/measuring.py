"""What both contenders note about themselves, in the same way. Standard library only: the peer imports it too."""

import json
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Meter:
    """Notes when each command began and ended, and what processor time was used until then."""

    commands: list[dict[str, float]] = field(default_factory=list)

    def begin(self) -> None:
        """A command is about to be started."""
        self.commands.append(
            {"began_s": time.monotonic(), "own_cpu_s": time.process_time(), "child_cpu_s": _children()}
        )

    def end(self) -> None:
        """It has ended, and all of its processes have."""
        self.commands[-1] |= {
            "ended_s": time.monotonic(),
            "own_cpu_after_s": time.process_time(),
            "child_cpu_after_s": _children(),
        }

    def write(self, file: Path, *, how: str) -> None:
        """Write everything to a file.

        Args:
            file: Where.
            how: How the run ended, in a word.
        """
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        file.write_text(json.dumps({"commands": self.commands, "ended": how, "rss_mb": peak_mb}), encoding="utf-8")


def _children() -> float:
    """Return the processor time of all processes that were started from here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
