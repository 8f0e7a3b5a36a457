"""What an installing step sees of the host's settings."""

from pathlib import Path

from eaa.adapters.sandbox.registries import registry_binds, registry_variables


def test_settings_come_from_files_and_environment_without_user_names_and_passwords(tmp_path: Path) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip/pip.conf").write_text(
        "[global]\nindex-url = https://ann:secret@packages.example/simple\ntimeout = 7\nuser = yes\n"
        "[install]\nfind-links =\n    /wheels\n    https://tok@other.example/w\n"
    )
    environment = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "PIP_TIMEOUT": "9",
        "HTTPS_PROXY": "http://ann:secret@proxy.example:3128",
        "TWINE_PASSWORD": "secret",
        "PIP_CERT": "/etc/ssl/cert.pem",
    }

    variables = registry_variables(environment)

    assert variables["PIP_INDEX_URL"] == "https://packages.example/simple"
    assert variables["PIP_FIND_LINKS"] == "/wheels https://other.example/w"
    assert variables["PIP_TIMEOUT"] == "9"
    assert variables["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert variables["PIP_CONFIG_FILE"] == "/dev/null"
    assert "secret" not in str(variables)
    assert "TWINE_PASSWORD" not in variables
    assert "PIP_USER" not in variables


def test_a_file_that_is_no_settings_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("no section = here\n")

    variables = registry_variables({"PIP_CONFIG_FILE": str(tmp_path / "broken")})

    assert variables["PIP_CONFIG_FILE"] == "/dev/null"


def test_wheel_folders_and_local_indexes_are_shown(tmp_path: Path) -> None:
    for folder in ("wheels", "index/simple", "index/files"):
        (tmp_path / folder).mkdir(parents=True)
    variables = {
        "PIP_FIND_LINKS": f"{tmp_path}/wheels https://else.example{tmp_path}/index",
        "PIP_EXTRA_INDEX_URL": f"file://{tmp_path}/index/simple",
        "UNRELATED": str(tmp_path),
    }

    targets = {bind.target for bind in registry_binds(variables)}

    # The files of an index on this machine lie beside its pages.
    assert {f"{tmp_path}/wheels", f"{tmp_path}/index"} <= targets
    assert str(tmp_path) not in targets
