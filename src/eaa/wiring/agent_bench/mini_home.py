"""mini-swe-agent in a virtual environment of its own, made when it is first wanted."""

from pathlib import Path
from typing import Final

from eaa.wiring.bench_peer import installed_peer

LOCK: Final = Path(__file__).parent / "requirements-bench-mini.txt"


async def mini_python(home: Path) -> Path:
    """Return an interpreter that has mini-swe-agent, installing it below `home` from a lock with hashes if need be.

    Raises:
        PeerMissing: It cannot be installed. What was begun is begun anew the next time.
    """
    return await installed_peer("mini-swe-agent", LOCK, home=home)
