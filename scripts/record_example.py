"""Makes examples/replay again: a feature whose model is a script, recorded by a real run and exported.

Usage: python -m scripts.record_example FILE
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.support.model_runs import (  # noqa: E402
    CHANGED,
    PROJECT,
    REQUEST,
    REQUIREMENT,
    TESTS,
    Script,
    call,
    serving_models_in_thread,
)
from tests.loopback.models import KEY, LoopbackModels  # noqa: E402
from tests.loopback.scripted_team import team_of  # noqa: E402

MODEL = "scripted"
"""What the model is called in the record, so that everybody sees that it was none."""
# Without tracebacks: how they look differs between versions of Python.
SCRIPT: Script = {
    "requirement": [{"text": REQUIREMENT}],
    "tester": [
        call("shell", "I look first.", command="cat prices.py tests/test_prices.py"),
        call("edit", path="tests/test_discount.py", content=TESTS),
        call("shell", command="python -m pytest -q --tb=no tests/test_discount.py"),
        call("submit", summary="Two tests of a discount in percent."),
    ],
    "author": [
        call("shell", "First the failure.", command="python -m pytest -q --tb=no"),
        call("edit", path="prices.py", content=CHANGED),
        call("shell", command="python -m pytest -q --tb=no"),
        call("submit", summary="There was no discount. total() takes one in percent now."),
    ],
}
MODELS_TOML = """\
default = "{model}"

[providers.{model}]
dialect = "openai"
base_url = "{address}/v1"
key_env = "EAA_SCRIPTED_KEY"

[models.{model}]
provider = "{model}"
name = "loop-1"
context_tokens = 100_000
max_output_tokens = 8_000
capabilities = ["tools"]
"""


def main(arguments: list[str]) -> int:
    """Record, export, and return the exit code of the last command."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    file = Path(arguments[0]).resolve()
    with (
        tempfile.TemporaryDirectory(prefix="eaa-example-") as folder,
        serving_models_in_thread(LoopbackModels()) as models,
    ):
        models.script = team_of(SCRIPT)
        home, repository = Path(folder) / "home", Path(folder) / "project"
        home.mkdir()
        (home / "models.toml").write_text(MODELS_TOML.format(model=MODEL, address=models.address))
        _lay_out(repository)
        environment = {**os.environ, "EAA_HOME": str(home), "EAA_SCRIPTED_KEY": KEY}
        ran = _eaa("run", REQUEST, "--json", at=repository, environment=environment)
        run = json.loads(ran.stdout)["run"]
        file.unlink(missing_ok=True)
        return _eaa("export", run, str(file), at=repository, environment=environment).returncode


def _lay_out(repository: Path) -> None:
    for path, content in PROJECT.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(content)
    author = ["-c", "user.name=Demo", "-c", "user.email=demo@localhost"]
    for words in (["init", "--quiet", "--initial-branch=main"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    subprocess.run(["git", *author, "commit", "--quiet", "-m", "Start"], cwd=repository, check=True)


def _eaa(*words: str, at: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "eaa", *words]
    return subprocess.run(command, cwd=at, env=environment, check=True, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
