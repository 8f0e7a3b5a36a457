"""What a step that installs packages sees of the host: certificates, name servers and index settings, no secrets."""

import configparser
import os
import re
from collections.abc import Mapping
from pathlib import Path

from eaa.adapters.sandbox.layout import Bind
from eaa.domain.command import Access

# Settings that installers read. Values that hold a user name or password lose it.
_VARIABLES = frozenset(
    (
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        "PIP_CERT",
        "PIP_TRUSTED_HOST",
        "PIP_NO_INDEX",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_TIMEOUT",
        "PIP_RETRIES",
        "PIP_PROXY",
        "PIP_PRE",
        "PIP_CONSTRAINT",
        "UV_INDEX_URL",
        "UV_EXTRA_INDEX_URL",
        "UV_DEFAULT_INDEX",
        "UV_INDEX",
        "UV_FIND_LINKS",
        "UV_HTTP_TIMEOUT",
        "UV_NATIVE_TLS",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "GIT_SSL_CAINFO",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
        "NPM_CONFIG_REGISTRY",
        "npm_config_registry",
        "GOPROXY",
        "GOSUMDB",
        "GOFLAGS",
    )
)
_PIP_OPTIONS = frozenset(
    (
        "index-url",
        "extra-index-url",
        "find-links",
        "cert",
        "trusted-host",
        "no-index",
        "default-timeout",
        "timeout",
        "retries",
        "proxy",
    )
)
_PIP_SECTIONS = ("global", "install")
_NETWORK_FILES = ("/etc/resolv.conf", "/etc/hosts")
_CERTIFICATE_FOLDERS = ("/etc/ssl", "/etc/pki", "/etc/ca-certificates")
_USER_INFORMATION = re.compile(r"(?<=//)[^/@\s]*@")
_PATH = re.compile(r"(?:^|(?<=[\s,]))(?:file://)?(/[^\s,:]+)")


def registry_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the index and proxy settings of the host, from pip's files and the environment, without credentials."""
    settings = _pip_settings(environment)
    settings |= {name: value for name, value in environment.items() if name in _VARIABLES and value}
    settings = {name: _USER_INFORMATION.sub("", value) for name, value in settings.items()}
    # What the files said is in the variables now; the files themselves may hold passwords.
    return settings | {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def registry_binds(variables: Mapping[str, str]) -> list[Bind]:
    """Return the host files that the network needs, and local ones that the settings name, such as wheel folders."""
    paths = [*_NETWORK_FILES, *_CERTIFICATE_FOLDERS]
    binds = [
        Bind(os.path.realpath(path), path, Access.READ_ONLY)
        for path in paths
        if Path(path).exists() and not Path(path).is_char_device()
    ]
    named = {
        _shown(path, name) for name, value in variables.items() if name in _VARIABLES for path in _PATH.findall(value)
    }
    for path in sorted(named):
        if Path(path).exists() and not path.startswith(("/usr/", "/etc/ssl/", "/proc/", "/dev/", "/sys/")):
            binds.append(Bind(os.path.realpath(path), path, Access.READ_ONLY))
    return binds


def _shown(path: str, variable: str) -> str:
    """Return the folder to show: an index on this machine links to files beside its own folder."""
    parent = Path(path).parent
    return str(parent) if "INDEX" in variable and len(parent.parts) > 1 else path


def _pip_settings(environment: Mapping[str, str]) -> dict[str, str]:
    home = Path(environment.get("HOME", "/nonexistent"))
    folder = Path(environment.get("XDG_CONFIG_HOME", home / ".config"))
    files = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), home / ".pip/pip.conf", folder / "pip/pip.conf"]
    if "PIP_CONFIG_FILE" in environment:
        files.append(Path(environment["PIP_CONFIG_FILE"]))
    settings: dict[str, str] = {}
    for file in files:
        settings |= _read_pip_file(file)
    return settings


def _read_pip_file(file: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (OSError, configparser.Error, UnicodeDecodeError):
        return {}
    return {
        "PIP_" + option.upper().replace("-", "_"): " ".join(value.split())
        for section in _PIP_SECTIONS
        if parser.has_section(section)
        for option, value in parser.items(section)
        if option in _PIP_OPTIONS
    }
