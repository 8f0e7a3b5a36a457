"""What is secret in this installation, beside the keys of providers."""

from pathlib import Path

from eaa.domain.catalogue import Catalogue
from eaa.settings import load_settings
from eaa.wiring.own_secrets import own_secrets

NO_MODELS = Catalogue(models=(), providers={})
SERVERS = """
[servers.tickets]
command = "x"
environment = ["TICKETS_TOKEN", "TICKETS_FOLDER", "MISSING_KEY"]
tools = ["show"]
trust = "reads"
"""


def test_what_an_mcp_server_is_given_is_secret_when_it_is_called_so(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    environment = {"TICKETS_TOKEN": "tick-0123456789", "TICKETS_FOLDER": "/srv/tickets", "OTHER_TOKEN": "not-listed"}
    before = {one.reveal() for one in own_secrets(settings, NO_MODELS, environment)}
    (tmp_path / "mcp.toml").write_text(SERVERS)

    after = {one.reveal() for one in own_secrets(settings, NO_MODELS, environment)}
    (tmp_path / "mcp.toml").write_text("[broken")
    broken = {one.reveal() for one in own_secrets(settings, NO_MODELS, environment)}

    assert {one for one in after - before if one} == {"tick-0123456789"}
    assert broken == before
