"""`mcp.toml`, read with every doubt."""

from pathlib import Path

import pytest

from eaa.adapters.mcp.process import environment_of
from eaa.adapters.mcp.servers_file import Server, read_servers
from eaa.domain.errors import InvalidRequest
from eaa.domain.origin import Origin
from eaa.domain.outside_tool import Trust

GOOD = """
[servers.tickets]
command = "tickets-mcp"
args = ["--read-only", ""]
environment = ["TICKETS_TOKEN"]
tools = ["search", "show"]
trust = "reads"

[servers.deploys]
command = "deploys-mcp"
tools = ["plan"]
trust = "writes"
origin = "member"
timeout_s = 5
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "mcp.toml"


def test_servers_come_in_the_order_of_the_file_with_what_is_usual(file: Path) -> None:
    file.write_text(GOOD)

    tickets, deploys = read_servers(file)

    assert tickets == Server(
        name="tickets",
        argv=("tickets-mcp", "--read-only", ""),
        environment=("TICKETS_TOKEN",),
        tools=("search", "show"),
        trust=Trust.READS,
        origin=Origin.MACHINE,
        timeout_s=60.0,
    )
    assert (deploys.name, deploys.trust, deploys.origin, deploys.timeout_s) == (
        "deploys",
        Trust.WRITES,
        Origin.MEMBER,
        5.0,
    )


def test_a_server_finds_what_every_program_needs_and_what_is_listed_and_nothing_else(file: Path) -> None:
    file.write_text(GOOD)
    tickets, _ = read_servers(file)

    found = environment_of(tickets, {"PATH": "/bin", "TICKETS_TOKEN": "t", "OPENAI_API_KEY": "k", "EAA_HOME": "/h"})

    assert found == {"PATH": "/bin", "TICKETS_TOKEN": "t"}


def test_no_file_is_no_server(file: Path) -> None:
    assert read_servers(file) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("servers = 1", "Expected `object`"),
        ("[servers", "cannot be used"),
        ('[servers.a]\ncommand = "x"\ntools = ["t"]', "missing required field `trust`"),
        ('[servers.a]\ncommand = "x"\ntools = ["t"]\ntrust = "all"', "Invalid enum value 'all'"),
        ('[servers.a]\ncommand = "x"\ntools = []\ntrust = "reads"', "length >= 1"),
        ('[servers.a]\ncommand = ""\ntools = ["t"]\ntrust = "reads"', "length >= 1"),
        ('[servers.a]\ncommand = "x"\ntools = ["t", "t"]\ntrust = "reads"', "names a tool twice"),
        ('[servers.A__b]\ncommand = "x"\ntools = ["t"]\ntrust = "reads"', "cannot name a server"),
        ('[servers.a]\ncommand = "x"\ntools = ["t"]\ntrust = "reads"\nenvironment = ["A=b"]', "matching regex"),
        ('[servers.a]\ncommand = "x"\ntools = ["t"]\ntrust = "reads"\nurl = "https://x"', "unknown field `url`"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(file: Path, text: str, words: str) -> None:
    file.write_text(text)

    with pytest.raises(InvalidRequest, match=words):
        read_servers(file)


def test_a_file_that_everybody_may_write_starts_nothing(file: Path) -> None:
    file.write_text(GOOD)
    file.chmod(0o666)

    with pytest.raises(InvalidRequest, match="everybody may write"):
        read_servers(file)
