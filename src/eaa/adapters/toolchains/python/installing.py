"""Installing into an environment that is being built: requirements, and the project itself."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from eaa.adapters.toolchains.python.locks import Locked
from eaa.adapters.toolchains.python.own_packages import OwnPackage
from eaa.adapters.toolchains.python.requirements import requirement_name
from eaa.domain.command import MEBIBYTE, Command, CommandResult, Limits, Mount, Network
from eaa.domain.errors import EnvironmentMissing
from eaa.ports.progress import Progress
from eaa.ports.sandbox import Sandbox

LIMITS = Limits(
    wall_s=1200.0,
    cpu_s=1200,
    memory_bytes=4096 * MEBIBYTE,
    file_bytes=2048 * MEBIBYTE,
    tmp_bytes=4096 * MEBIBYTE,
    processes=512,
)
_CONSTRAINTS = "eaa-locked-versions.txt"
_TRIES_WITH_PINS = 3
_GENERATED = Path(__file__).with_name("probe") / "generated.py"
_PRETENDING = (
    "SETUPTOOLS_SCM_PRETEND_VERSION",
    "PDM_BUILD_SCM_VERSION",
    "PBR_VERSION",
    "POETRY_DYNAMIC_VERSIONING_BYPASS",
    "UV_DYNAMIC_VERSIONING_BYPASS",
)
"""Variables by which build backends take a version that they would look for in git tags."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment while it is built."""

    place: Path
    """Where it is, as commands see it."""
    mounts: tuple[Mount, ...]
    sandbox: Sandbox
    root: Path
    """A copy of the repository."""
    progress: Progress

    def command(self, *argv: str) -> Command:
        """Return a command that runs in the repository with the environment first on the path."""
        variables = {"PATH": f"{self.place}/bin:/usr/local/bin:/usr/bin:/bin", "VIRTUAL_ENV": str(self.place)}
        return Command(argv=argv, environment=variables, limits=LIMITS)

    def pip(self, *words: str) -> Command:
        """Return an installation that may reach package registries."""
        start = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-warn-script-location")
        return replace(self.command(f"{self.place}/bin/python", *start, *words), network=Network.REGISTRIES)

    async def run(self, command: Command) -> CommandResult:
        """Run a command with what it needs to see."""
        return await self.sandbox.run(replace(command, mounts=self.mounts), root=self.root)

    async def require(self, command: Command, *, name: str, hint: str) -> None:
        """Run a command that must work.

        Raises:
            EnvironmentMissing: It failed.
        """
        result = await self.run(command)
        if not result.is_success:
            raise EnvironmentMissing(because=_because(name, result), hint=hint)


async def install_requirements(
    installation: Installation, requirements: tuple[str, ...], locked: Locked, *, hint: str
) -> tuple[str, ...]:
    """Install requirements in the locked versions, and return which of these could not be had.

    A pin that the installer names as the obstacle is given up, at most a few times, then all are: another version
    with a note is better than no environment.

    Raises:
        EnvironmentMissing: They cannot be installed.
    """
    if not requirements:
        return ()
    pins = locked.pins
    dropped: list[tuple[str, ...]] = []
    count = f"{len(requirements)} {'requirement' if len(requirements) == 1 else 'requirements'}"
    installation.progress.noted(f"installing {count} and what they need: {_listed(requirements)}")
    while True:
        (installation.root / _CONSTRAINTS).write_text("\n".join(pins), encoding="utf-8")
        result = await installation.run(installation.pip("-c", _CONSTRAINTS, "--", *requirements))
        if result.is_success:
            break
        if not pins:
            raise EnvironmentMissing(because=_because("pip install", result), hint=hint)
        named = _named_pins(pins, result) if len(dropped) < _TRIES_WITH_PINS else pins
        installation.progress.noted(f"again without what could not be had as locked: {_listed(named)}")
        dropped.append(named)
        pins = tuple(pin for pin in pins if pin not in named)
    return _pin_notes(locked, tuple(pin for named in dropped for pin in named))


async def install_packages(
    installation: Installation, packages: tuple[OwnPackage, ...], import_roots: tuple[str, ...]
) -> tuple[str, ...]:
    """Install the project's own packages so that their code stays in the repository, and return what did not work."""
    known = [f"/src/{path.relative_to(installation.root)}" for path in installation.root.rglob("*.py")]
    notes: list[str] = []
    for package in packages:
        installation.progress.noted(f"installing {package.name} itself, from the repository")
        folder = "/src" if package.folder == "." else f"/src/{package.folder}"
        command = installation.pip("--no-deps", "-e", folder)
        pretending = dict.fromkeys(_PRETENDING, package.version)
        result = await installation.run(replace(command, environment={**command.environment, **pretending}))
        if not result.is_success:
            notes.append(f"{package.name} is on the import path with metadata only: {_because('pip install', result)}")
    return (*notes, *await _keep_generated(installation, known, import_roots)) if packages else ()


async def _keep_generated(
    installation: Installation, known: list[str], import_roots: tuple[str, ...]
) -> tuple[str, ...]:
    roots = ["/src" if root == "." else f"/src/{root}" for root in import_roots or (".",)]
    command = installation.command(
        f"{installation.place}/bin/python", "-I", "-c", _GENERATED.read_text(encoding="utf-8")
    )
    asked = json.dumps({"known": known, "import_roots": roots}).encode("utf-8", "surrogateescape")
    result = await installation.run(replace(command, stdin=asked))
    try:
        made = [str(name) for name in json.loads(result.stdout.head)] if result.is_success else []
    except (ValueError, TypeError, RecursionError):
        made = []
    if not made:
        return ()
    compiled = [name for name in made if name.endswith(".so")]
    notes = [f"made by the build, kept in the environment: {_listed(made)}"]
    if compiled:
        notes.append("compiled modules were built once, from the sources at that time; a change to them is not seen")
    return tuple(notes)


def _named_pins(pins: tuple[str, ...], result: CommandResult) -> tuple[str, ...]:
    """Return the pins that an installer's error messages name; all of them when it names none."""
    said = " ".join(_errors(result)).lower().replace("_", "-")
    words = set(said.replace("=", " ").replace(",", " ").replace(";", " ").split())
    return tuple(pin for pin in pins if requirement_name(pin) in words) or pins


def _pin_notes(locked: Locked, dropped: tuple[str, ...]) -> tuple[str, ...]:
    notes: list[str] = []
    if dropped:
        notes.append(f"not as in {locked.source}, because it could not be installed here: {_listed(dropped)}")
    if locked.left_out:
        notes.append(f"no version in {locked.source} to pin (folder, address or several): {_listed(locked.left_out)}")
    return tuple(notes)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more


def _because(name: str, result: CommandResult) -> str:
    said = " / ".join(_errors(result))[-600:]
    return f"{name} failed ({result.end.value}, exit code {result.exit_code}): {said}"


def _errors(result: CommandResult) -> list[str]:
    lines = (result.stderr.text().strip() or result.stdout.text().strip()).splitlines()
    # Installers warn a lot before they say what is wrong.
    return [line.strip() for line in lines if line.startswith("ERROR")] or lines[-3:]
