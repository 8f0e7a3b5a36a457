"""LiteLLM in a virtual environment of its own, made when it is first wanted."""

from pathlib import Path
from typing import Final

from eaa.wiring.bench_peer import installed_peer

LOCK: Final = Path(__file__).parent / "requirements-bench-litellm.txt"


async def litellm_python(home: Path) -> Path:
    """Return an interpreter that has LiteLLM, installing it below `home` from a lock with hashes when need be.

    Raises:
        PeerMissing: It cannot be installed. What was begun is begun anew the next time.
    """
    return await installed_peer("litellm", LOCK, home=home)
