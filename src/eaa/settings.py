"""What a person may set, and where from: flag > environment > `./eaa.toml` > `EAA_HOME/eaa.toml` > default."""

import os
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from typing_extensions import override

from eaa.domain.errors import InvalidRequest
from eaa.domain.shard import MAIN

FILE_NAME = "eaa.toml"
DATABASE_FILE = "eaa.sqlite"
"""SQLite below the home folder, when no `database_url` names another database."""
DEFAULT_HOME = Path("~/.eaa")


class LogFormat(StrEnum):
    """How log lines are written on stderr."""

    TEXT = "text"
    JSON = "json"


ShardName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]


class ShardSettings(BaseModel):
    """A database beside the main one, and whose records it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field(pattern=r"^postgresql://", repr=False)
    database_direct_url: str | None = Field(default=None, repr=False)
    organisations: frozenset[str]


class Settings(BaseSettings):
    """Every setting that exists. An `eaa.toml` names them in lower case and without the prefix."""

    model_config = SettingsConfigDict(env_prefix="EAA_", env_ignore_empty=True, extra="forbid", frozen=True)

    home: Path = Field(
        default=DEFAULT_HOME, description="Folder of everything eaa keeps: the database, mirrors, workspaces, runs."
    )
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="Address of a Postgres database; without one, SQLite in the home folder.",
    )
    database_direct_url: str | None = Field(
        default=None,
        repr=False,
        description="Address of the same Postgres without a pooler in between, for locks and notifications; only "
        "needed when `database_url` goes through one that shares sessions.",
    )
    database_pool: int = Field(
        default=10, ge=2, description="Connections to Postgres that one process's shared pool holds at most."
    )
    read_database_urls: str | None = Field(
        default=None,
        repr=False,
        description="Addresses of streaming replicas of `database_url`, with commas between them, on which the HTTP "
        "API reads.",
    )
    shards: dict[ShardName, ShardSettings] = Field(
        default_factory=dict,
        repr=False,
        description="Databases beside the main one: by name, `database_url`, `database_direct_url` and the list of "
        "`organisations` whose records are there; JSON in the environment, tables `[shards.NAME]` in a file.",
    )
    shard: str = Field(
        default=MAIN,
        description="The shard that this process works on: `main` is `database_url`, any other one of `shards`.",
    )
    runs_at_once: int = Field(default=4, ge=1, description="Runs that one dispatcher works on at the same time.")
    runs_at_once_everywhere: int | None = Field(
        default=None,
        ge=1,
        description="Runs that all dispatchers together work on at the same time; no limit by default.",
    )
    synthetic_check_minutes: float | None = Field(
        default=None,
        gt=0,
        description="Minutes between two runs of a little task of eaa's own through the whole installation; none by "
        "default.",
    )
    work_kept_days: int = Field(
        default=30,
        ge=1,
        description="Days after which calls of roles and packs of commits of finished runs are forgotten; evidence, "
        "steps and conversations stay.",
    )
    events_kept_days: int | None = Field(
        default=None,
        ge=1,
        description="Days after which events of steps of finished runs are forgotten, once everybody has dealt with "
        "them; kept for good by default.",
    )
    requests_a_minute: int = Field(
        default=600, ge=1, description="Requests to the HTTP API that one caller may make in a minute."
    )
    drain_s: float = Field(
        default=10.0,
        ge=0,
        description="Seconds that work on its way may take to end when a service is told to stop; what has not ended "
        "then is handed over.",
    )
    model: str | None = Field(
        default=None,
        description="The default model: a name of `models.toml`, or `provider/model` such as `anthropic/claude-…`.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Address of a Redis through which processes share limits a minute, cooldowns of models and kept "
        "answers.",
    )
    master_key_file: Path | None = Field(
        default=None,
        description="File with what encrypts providers' keys in the database; `EAA_HOME/master.key` by default.",
    )
    day_budget_usd: float | None = Field(
        default=None, ge=0, description="What models may cost in one UTC day, in US dollars; no limit by default."
    )
    events_url: SecretStr | None = Field(
        default=None,
        description="Address of a NATS server with JetStream, `nats://user:password@host:port`, to which dispatchers "
        "publish every event; without one, events are read from the database and over HTTP.",
    )
    orchestrator_url: str | None = Field(
        default=None,
        description="Address of an orchestrator that `eaa serve orchestrator` runs: `http://…`, `https://…`, "
        "`grpc://…` or `grpcs://…`; without one, models are asked from this process.",
    )
    orchestrator_token: SecretStr | None = Field(
        default=None, description="Token for that orchestrator; on this machine, `EAA_HOME/token` by default."
    )
    server: str | None = Field(
        default=None,
        description="Address of a server that `eaa up` or `eaa serve gateway` runs: `eaa task`, `stop`, `pause` and "
        "`say` talk to it; without one they work on this machine's records.",
    )
    server_token: SecretStr | None = Field(
        default=None, description="Token of that server; on this machine, `EAA_HOME/token` by default."
    )
    tls_cert_file: Path | None = Field(
        default=None,
        description="PEM file with this service's certificate: gRPC speaks TLS, and may be served beyond this machine.",
    )
    tls_key_file: Path | None = Field(default=None, description="PEM file with the key of that certificate.")
    tls_client_ca_file: Path | None = Field(
        default=None,
        description="PEM file of authorities: only callers with a certificate of theirs are let in (mTLS).",
    )
    tls_ca_file: Path | None = Field(
        default=None,
        description="PEM file of authorities that a caller of `grpcs://` addresses trusts; the system's by default.",
    )
    log_format: LogFormat = Field(default=LogFormat.TEXT, description="How log lines look: `text` or `json`.")
    log_prompts: bool = Field(
        default=False,
        description="Whether every prompt and answer of a model is logged, without secrets and with personal data "
        "masked; with an orchestrator elsewhere, set it there.",
    )
    github_api_url: str = Field(
        default="https://api.github.com",
        description="Where GitHub's API is; `https://HOST/api/v3` for GitHub Enterprise.",
    )
    github_token: SecretStr | None = Field(
        default=None,
        description="Token for git and the API of GitHub, with access to contents, issues and pull requests.",
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, the strongest first. A `.env` file is never read: it belongs to somebody's project."""
        here = _read_here()
        home = _home(init_settings())
        files = (here, _read(home / FILE_NAME))
        return (init_settings, env_settings, *(InitSettingsSource(settings_cls, values) for values in files))


def load_settings(**flags: Any) -> Settings:
    """Return the settings; a flag that is `None` was not given.

    Raises:
        InvalidRequest: A value cannot be used, or a file has an unknown name or is not TOML.
    """
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise InvalidRequest(_problems(error), hint=_HINT) from error
    at_home = settings.model_copy(update={"home": settings.home.expanduser().absolute()})
    return on_shard(at_home, at_home.shard)


def here_only(settings: Settings, why: str) -> Settings:
    """Return the settings of a command that no server does for this machine.

    Raises:
        InvalidRequest: A server is set.
    """
    if settings.server is not None:
        raise InvalidRequest(
            f"{why}, and not by the server of EAA_SERVER",
            hint="Go to that machine, and leave EAA_SERVER out there.",
        )
    return settings


def on_shard(settings: Settings, shard: str) -> Settings:
    """Return the settings of a process that works on a shard: another database, everything else as it is.

    Raises:
        InvalidRequest: There is no such shard, or one is called like the main one.
    """
    if MAIN in settings.shards:
        raise InvalidRequest(f"shards: {MAIN} is the database of database_url", hint="Give the shard another name.")
    if shard == MAIN:
        return settings
    if shard not in settings.shards:
        known = ", ".join((MAIN, *settings.shards))
        raise InvalidRequest(f"there is no shard {shard}", hint=f"EAA_SHARD is one of: {known}.")
    found = settings.shards[shard]
    address = {"database_url": found.database_url, "database_direct_url": found.database_direct_url}
    # Replicas of another database would be asked for rows that are not there.
    return settings.model_copy(update={**address, "read_database_urls": None, "shard": shard})


_HINT = f"Mend the environment variable or the {FILE_NAME} that says so. Settings are: " + ", ".join(
    sorted(Settings.model_fields)
)


def _home(flags: dict[str, Any]) -> Path:
    # The second file lies in the home that all the stronger sources agree on.
    home = flags.get("home") or os.environ.get("EAA_HOME") or DEFAULT_HOME
    return Path(str(home)).expanduser()


def _read_here() -> dict[str, Any]:
    # The file may come with somebody's repository: it must not say where a token from elsewhere is sent.
    values = _read(Path(FILE_NAME))
    if "github_api_url" in values and "github_token" not in values:
        raise InvalidRequest(
            f"{FILE_NAME} in this folder says where the GitHub token is sent",
            hint="Set EAA_GITHUB_API_URL, or say it in the eaa.toml of EAA_HOME.",
        )
    # Nor where records are kept, where answers of models come from, which file is read as a key, or what is written
    # into logs. Files below the home name programs that are started (`key_command`, MCP servers).
    tls = ("tls_cert_file", "tls_key_file", "tls_client_ca_file", "tls_ca_file")
    databases = ("database_url", "database_direct_url", "read_database_urls", "shards", "shard")
    for name in ("home", "server", *databases, "redis_url", "events_url", "master_key_file", "log_prompts", *tls):
        if name in values:
            raise InvalidRequest(
                f"{FILE_NAME} in this folder may not set {name}",
                hint=f"Set EAA_{name.upper()}, or say it in the eaa.toml of EAA_HOME.",
            )
    if "orchestrator_url" in values:
        raise InvalidRequest(
            f"{FILE_NAME} in this folder says where prompts are sent",
            hint="Set EAA_ORCHESTRATOR_URL, or say it in the eaa.toml of EAA_HOME.",
        )
    return values


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path} cannot be read: {error}", hint=_HINT_FILE) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRequest(f"{path} is not TOML: {error}", hint=_HINT_FILE) from error
    return values


_HINT_FILE = "Mend the file, or move it away."


def _problems(error: ValidationError) -> str:
    # The values themselves are left out: one of them may be a secret.
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'settings'}: {_said(problem['type'], problem['msg'])}"
        for problem in error.errors(include_input=False, include_url=False)
    )


def _said(kind: str, message: str) -> str:
    return "no setting is called that" if kind == "extra_forbidden" else message
