"""The way to a server: its address, its token, and whom it trusts."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from eaa.domain.errors import InvalidRequest
from eaa.settings import Settings
from eaa.wiring.server import open_server

TOKEN = "token-of-a-server-0123456789-0123456789"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://[::1", "no address"),
        ("http://[zz]:1", "no address"),
        ("127.0.0.1:8420", "no address"),
        ("ftp://127.0.0.1", "no address"),
        ("https://", "no address"),
        ("https://a..b", "no address"),
        (f"https://{'a' * 70}", "no address"),
        ("https://exa mple", "no address"),
        ("http://127.0.0.1:9\n", "no address"),
        ("http://127.0.0.1:9/#top", "no address"),
        ("https://h\u2100", "no address"),
        ("http://127.0.0.1:99999", "99999 in 'http://127.0.0.1:99999' is no port"),
        ("http://127.0.0.1:0", "is no port"),
        ("http://127.0.0.1:http", "is no port"),
        ("http://eaa.example", "in the clear"),
    ],
)
def test_an_address_that_cannot_be_asked_is_said_so(address: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=said) as refused:
        open_server(Settings(home=tmp_path, server=address, server_token=SecretStr(TOKEN)))

    assert refused.value.hint


@pytest.mark.parametrize(
    "address", ["https://me:hidden@eaa.example", "https://me:hidden@[eaa", "https://eaa.example/?token=hidden"]
)
def test_a_secret_in_an_address_is_not_shown(address: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as refused:
        open_server(Settings(home=tmp_path, server=address, server_token=SecretStr(TOKEN)))

    assert "hidden" not in str(refused.value) + refused.value.hint


@pytest.mark.parametrize(
    "token", ["two\nlines-hidden", "a\r\nX: hidden", "ключ-hidden", "with space hidden", "\0hidden"]
)
def test_a_token_that_cannot_be_sent_is_said_so_and_not_shown(token: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="EAA_SERVER_TOKEN is no token") as refused:
        open_server(Settings(home=tmp_path, server="http://127.0.0.1:9", server_token=SecretStr(token)))

    assert "hidden" not in str(refused.value) + refused.value.hint


@pytest.mark.parametrize(("address", "may_start_here"), [("http://127.0.0.1:9", True), ("https://eaa.example", False)])
def test_where_a_token_comes_from_is_said_when_there_is_none(
    address: str, may_start_here: bool, tmp_path: Path
) -> None:
    with pytest.raises(InvalidRequest, match="no token for the server") as refused:
        open_server(Settings(home=tmp_path, server=address))

    assert (str(tmp_path / "token") in refused.value.hint) is may_start_here
    assert "EAA_SERVER_TOKEN" in refused.value.hint


@pytest.mark.parametrize("content", [b"\xff\xfe" * 40, "ключ-hidden".encode() * 4])
def test_a_token_file_with_something_else_in_it_is_said_so(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    file.chmod(0o600)

    with pytest.raises(InvalidRequest, match=str(file)) as refused:
        open_server(Settings(home=tmp_path, server="http://127.0.0.1:9"))

    assert "hidden" not in str(refused.value)


async def test_authorities_that_cannot_be_read_are_said_so(tmp_path: Path) -> None:
    no_pem = tmp_path / "ca.pem"
    no_pem.write_text("not a certificate")

    for file, said in ((tmp_path / "nowhere.pem", "No such file"), (tmp_path, "Is a directory"), (no_pem, "no cert")):
        settings = Settings(
            home=tmp_path, server="https://127.0.0.1:9", server_token=SecretStr(TOKEN), tls_ca_file=file
        )
        with pytest.raises(InvalidRequest, match=said) as refused:
            async with open_server(settings):
                pass
        assert str(file) in str(refused.value)
        assert "EAA_TLS_CA_FILE" in refused.value.hint
