"""mini-swe-agent on its own configuration `mini.yaml`: its default agent, its LiteLLM model, its local environment.

Started by the peer's own interpreter as `with_mini URL FOLDER FILE`; the result is written to the file.
"""

import sys
from pathlib import Path
from typing import Any

from eaa.wiring.agent_bench.measuring import Meter
from eaa.wiring.agent_bench.task import TASK


def main() -> None:
    """Work on the task in a folder and write what was measured."""
    # Installed in the peer's environment only.
    from minisweagent.agents.default import DefaultAgent  # type: ignore[import-not-found]
    from minisweagent.config import builtin_config_dir, get_config_from_spec  # type: ignore[import-not-found]
    from minisweagent.environments.local import LocalEnvironment  # type: ignore[import-not-found]
    from minisweagent.models import get_model  # type: ignore[import-not-found]

    folder, file = Path(sys.argv[-2]), Path(sys.argv[-1])
    meter = Meter()

    class Timed(LocalEnvironment):  # type: ignore[misc]
        def execute(self, *words: Any, **named: Any) -> Any:
            meter.begin()
            try:
                return super().execute(*words, **named)
            finally:
                meter.end()

    config = get_config_from_spec(str(builtin_config_dir / "mini.yaml"))
    model = get_model(config={**config.get("model", {}), "model_name": "openai/scripted"})
    environment = Timed(**{**config.get("environment", {}), "cwd": str(folder)})
    agent = DefaultAgent(model, environment, **{**config["agent"], "output_path": file.with_suffix(".trajectory")})
    ended = agent.run(TASK)
    meter.write(file, how=str(ended.get("exit_status")))


if __name__ == "__main__":
    main()
