"""What the start of a command must not load."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["eaa.cli.main", "eaa.adapters.sql", "eaa.adapters.dbos", "eaa.adapters.github"])
def test_importing_loads_no_engine_no_database_and_no_web_client(module: str) -> None:
    program = (
        f"import sys, {module}; print(*{{'sqlalchemy', 'alembic', 'dbos', 'aiohttp', 'psycopg'}} & set(sys.modules))"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


def test_nothing_counts_by_a_vocabulary_before_a_model_names_one() -> None:
    program = (
        "import asyncio, pathlib, sys, tempfile\n"
        "from eaa.settings import load_settings\n"
        "from eaa.wiring.llm import load_catalogue, open_orchestrator\n"
        "import eaa.cli.main, eaa.cli.models, eaa.wiring.orchestrator\n"
        "async def main():\n"
        "    with tempfile.TemporaryDirectory() as home:\n"
        "        settings = load_settings(home=pathlib.Path(home), model='openai/loop')\n"
        "        async with open_orchestrator(load_catalogue(settings, {}), {}, settings=settings):\n"
        "            print(*{'tokenizers', 'eaa.adapters.tokenizers.vocabularies'} & set(sys.modules))\n"
        "asyncio.run(main())"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


@pytest.mark.parametrize("command", ["check", "verify", "prove"])
def test_a_command_without_a_database_loads_none_and_no_web_client(command: str) -> None:
    unwanted = {"sqlalchemy", "alembic", "dbos", "psycopg", "aiohttp", "redis", "cryptography", "jinja2", "structlog"}
    program = f"import sys, eaa.cli.main, eaa.cli.{command}; print(*{unwanted} & set(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


def test_a_run_loads_no_migrations_no_web_client_and_no_model_before_it_needs_them() -> None:
    unwanted = {"alembic", "aiohttp", "redis", "cryptography", "eaa.engine.llm", "eaa.adapters.models", "eaa.services"}
    unwanted |= {"mcp", "mcp_types", "eaa.adapters.mcp", "grpc", "google.protobuf", "jwt", "eaa.wire"}
    program = f"import sys, eaa.cli.main, eaa.cli.run; print(*{unwanted} & set(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


def test_garbage_is_not_looked_for_while_a_command_loads_and_is_from_its_first_step_on() -> None:
    program = (
        "import gc, eaa.cli.running as running\n"
        "async def work():\n"
        "    print(gc.isenabled())\n"
        "    return 0\n"
        "running.load_without_collecting()\n"
        "print(gc.isenabled())\n"
        "running.run_async(work())\n"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["False", "True"]


def test_a_look_at_the_database_file_loads_no_database_library() -> None:
    program = (
        "import sys, eaa.cli.doctor\n"
        "print(*{'sqlalchemy', 'alembic', 'dbos', 'psycopg', 'eaa.engine'} & set(sys.modules))"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


def test_a_run_with_models_and_without_mcp_toml_loads_nothing_of_the_protocol() -> None:
    program = (
        "import asyncio, pathlib, sys, tempfile\n"
        "import eaa.cli.main, eaa.wiring.agents\n"
        "from eaa.settings import load_settings\n"
        "from eaa.wiring.outside_tools import open_outside_tools\n"
        "async def main():\n"
        "    with tempfile.TemporaryDirectory() as home:\n"
        "        settings = load_settings(home=pathlib.Path(home))\n"
        "        async with open_outside_tools(settings, {}, progress=None) as outside:\n"
        "            assert outside is None\n"
        "    print(*{'mcp', 'mcp_types', 'eaa.adapters.mcp', 'eaa.services.mcp', 'grpc', 'jwt'} & set(sys.modules))\n"
        "asyncio.run(main())"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


def test_the_orchestrator_loads_no_dialect_and_no_cryptography_before_a_provider_needs_them() -> None:
    unwanted = ("anthropic", "bedrock", "gemini", "vertex", "openai_chat", "openai_responses", "google_tokens")
    program = (
        "import sys, eaa.wiring.llm;"
        f"wanted = {{f'eaa.adapters.models.{{name}}' for name in {unwanted}}} | {{'cryptography'}};"
        "print(*wanted & set(sys.modules))"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


@pytest.mark.parametrize("module", ["eaa.cli.up", "eaa.cli.serve_workers", "eaa.wiring.orchestrator"])
def test_grpc_is_loaded_only_where_it_is_served(module: str) -> None:
    program = f"import sys, {module}; print(*{{'grpc', 'google.protobuf', 'jwt', 'eaa.wire'}} & set(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


@pytest.mark.parametrize(("missing", "can_serve"), [("nothing_of_it", "True"), ("grpc", "False"), ("jwt", "False")])
def test_a_process_knows_whether_it_can_serve_grpc(missing: str, can_serve: str) -> None:
    program = (
        f"import sys; sys.modules['{missing}'] = None\n"
        "from eaa.wiring.rpc_place import can_serve_rpc; print(can_serve_rpc(), file=sys.stderr)"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stderr.split() == [can_serve]
    assert ("pip install" in said.stdout) == (can_serve == "False")
