"""`eaa bench llm` as a real process, over real sockets, LiteLLM's interpreter one that has no LiteLLM."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_what_cannot_be_measured_is_said_and_the_rest_is_printed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "eaa", "bench", "llm", "--rounds", "1", "--json", "--litellm-python", "/bin/false"]

    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "EAA_HOME": str(tmp_path / "home")},
        timeout=300,
    )

    found = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert set(found["eaa"]) == {
        "cpu_us_per_call",
        "calls_per_s",
        "stream_us_per_event",
        "cache_hit_us",
        "failover_503_ms",
        "import_ms",
        "rss_mb",
    }
    assert set(found["aiohttp"]) == set(found["eaa"]) - {"cache_hit_us"}
    assert found["litellm"] == {"missing": "its process ended with status 1"}
    assert found["notes"] == {}
    assert set(found["spread"]) == {"eaa", "aiohttp"}
