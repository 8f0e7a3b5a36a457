"""`eaa doctor`: whether a run can work on this machine, and what to do when it cannot."""

import asyncio
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from eaa.adapters.sandbox.probe import probe_sandboxes
from eaa.adapters.sql.revision import REVISIONS, revision_of_file
from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import Tone, print_facts, print_json, print_line
from eaa.domain.errors import EaaError
from eaa.ports.sandbox import SandboxStatus
from eaa.settings import DATABASE_FILE, Settings, load_settings

OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 31)
LEAST_FREE_BYTES = 1 << 30
"""A mirror, an environment and a few workspaces of an ordinary project."""
KEYS = ("EAA_GITHUB_TOKEN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY")
"""Only whether they are set is ever looked at here."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing a run depends on."""

    name: str
    tone: Tone
    """`bad`: no run can work before this is mended. `note`: worth knowing, a run works all the same."""
    found: str
    hint: str = ""


async def examine(*, is_json: bool) -> int:
    """Print everything a run depends on; return 0 when one can work here, 1 otherwise."""
    settings = load_settings()
    # Nearly all the time goes into waiting for other programs; they answer side by side.
    git, statuses, database = await asyncio.gather(asyncio.to_thread(_git), probe_sandboxes(), _database(settings))
    examined = (
        _python(),
        git,
        *_sandboxes(statuses),
        _namespaces(),
        _disk(settings.home),
        database,
        _keys(settings),
        *_prompt_log(settings),
    )
    is_able = all(one.tone is not Tone.BAD for one in examined)
    if is_json:
        print_json({"able": is_able, "examined": [asdict(one) for one in examined]})
    else:
        print_facts([(one.name, f"{one.found} {one.hint}".strip(), one.tone) for one in examined])
        print_line("A run can work here." if is_able else "No run can work here yet; mend what is bad.")
    return ExitCode.DONE if is_able else ExitCode.FAULT


def _python() -> Examined:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Examined("python", Tone.BAD, version, "Install Python 3.11 or newer.")
    return Examined("python", Tone.GOOD, f"{version} at {sys.executable}")


def _git() -> Examined:
    hint = f"Install git {'.'.join(map(str, OLDEST_GIT))} or newer."
    try:
        said = subprocess.run(("git", "--version"), capture_output=True, check=True, text=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return Examined("git", Tone.BAD, f"does not run: {error}.", hint)
    version = said.removeprefix("git version").strip()
    numbers = tuple(int(part) for part in version.split()[0].split(".")[:2] if part.isdecimal())
    if numbers < OLDEST_GIT:
        return Examined("git", Tone.BAD, f"{version} is too old.", hint)
    return Examined("git", Tone.GOOD, version)


def _sandboxes(statuses: tuple[SandboxStatus, ...]) -> tuple[Examined, ...]:
    # One that works is enough: then the others are merely worth a line.
    missing = Tone.NOTE if any(status.is_working for status in statuses) else Tone.BAD
    return tuple(
        Examined(
            f"sandbox {status.kind}",
            Tone.GOOD if status.is_working else missing,
            "; ".join((status.because, *status.notes)) + ("" if status.is_working else "."),
            status.hint,
        )
        for status in statuses
    )


def _namespaces() -> Examined:
    limit = _content("/proc/sys/user/max_user_namespaces")
    restricted = _content("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1"
    if not limit:
        return Examined("user namespaces", Tone.NOTE, "this system does not say.")
    found = f"at most {limit}" + (", but AppArmor restricts them" if restricted else "")
    return Examined("user namespaces", Tone.NOTE if restricted or limit == "0" else Tone.GOOD, found)


def _disk(home: Path) -> Examined:
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Examined("disk", Tone.BAD, f"{home}: {error}.", "Set EAA_HOME to another folder.")
    found = f"{free / (1 << 30):.1f} GiB free at {home}"
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Examined("disk", Tone.BAD, f"{home} may not be written to.", "Set EAA_HOME to another folder.")
    if free < LEAST_FREE_BYTES:
        return Examined("disk", Tone.BAD, found + ".", "Free at least 1 GiB (`eaa clean` helps), or move EAA_HOME.")
    return Examined("disk", Tone.GOOD, found)


async def _database(settings: Settings) -> Examined:
    file = settings.home / DATABASE_FILE
    if settings.database_url is None and not file.exists():
        return Examined("database", Tone.GOOD, f"none yet; {file} comes with the first run")
    try:
        name, revision = await _revision(settings.database_url, file)
    except EaaError as error:
        return Examined("database", Tone.BAD, f"{error}.", error.hint)
    except (ValueError, ImportError) as error:
        return Examined("database", Tone.BAD, f"{error}.", "Mend EAA_DATABASE_URL, or install `eaa[server]`.")
    if revision is not None and revision not in REVISIONS:
        return Examined("database", Tone.BAD, f"revision {revision} is newer than this eaa.", "Upgrade eaa.")
    return Examined("database", Tone.GOOD, f"{name}, revision {revision or 'none yet'}")


async def _revision(url: str | None, file: Path) -> tuple[str, str | None]:
    """Return what to call the database, and its revision."""
    if url is None:
        return str(file), revision_of_file(file)
    from eaa.adapters.sql.engine import database_name
    from eaa.adapters.sql.migrate import current

    return database_name(url), await current(url)


def _keys(settings: Settings) -> Examined:
    found = [name for name in KEYS if os.environ.get(name)]
    if settings.github_token is not None and KEYS[0] not in found:
        found.append(KEYS[0])
    return Examined("keys", Tone.GOOD, ", ".join(found) or "none; none is needed to work offline")


def _prompt_log(settings: Settings) -> tuple[Examined, ...]:
    if not settings.log_prompts:
        return ()
    found = "every prompt and answer of a model is written to the log."
    return (Examined("prompt log", Tone.NOTE, found, "Unset EAA_LOG_PROMPTS to end that."),)


def _content(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
