"""Finding or building the environment in which a project's tests run."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from eaa.adapters.toolchains.python.building import Plan, build_environment
from eaa.adapters.toolchains.python.interpreters import Interpreter, ask_interpreter
from eaa.adapters.toolchains.python.locks import locked_versions
from eaa.adapters.toolchains.python.own_metadata import write_metadata
from eaa.adapters.toolchains.python.own_packages import files_to_read, own_packages
from eaa.adapters.toolchains.python.recipes import (
    FALLBACK,
    REQUIREMENTS,
    SYSTEM_PATH,
    environment_key,
    existing_candidates,
    install_recipe,
    only_plugins,
    python_path,
    wanted_requirements,
)
from eaa.adapters.toolchains.python.repository_recipe import RECIPE_FILE, narrowed
from eaa.adapters.toolchains.python.requirements import requirement_name
from eaa.adapters.toolchains.python.survey import Survey, not_compiled, pinned, strays
from eaa.domain.environment import Consent, Environment, EnvironmentRequest
from eaa.domain.errors import ConsentMissing, EnvironmentMissing, FileNotInCommit
from eaa.domain.ids import CommitId, EnvironmentKey
from eaa.domain.project import Project
from eaa.domain.repository import FileMode, Repository
from eaa.ports.progress import Progress
from eaa.ports.repositories import Repositories
from eaa.ports.sandbox import Sandbox


class PythonEnvironments:
    """Uses an interpreter that is there already when it has what the project declares; else builds one."""

    def __init__(
        self,
        *,
        repositories: Repositories,
        sandbox: Sandbox,
        progress: Progress,
        home: Path,
        fallback_interpreters: tuple[Path, ...] = (),
        active_environment: Path | None = None,
        owner_uid: int | None = None,
    ) -> None:
        """Keep built environments below `home/environments`.

        Args:
            repositories: Where manifests are read.
            sandbox: Where interpreters and installers run.
            progress: Hears how far a building is.
            home: A folder of ours.
            fallback_interpreters: Tried when the project has no environment of its own; they also build new ones.
            active_environment: Folder of the virtual environment that the person has activated.
            owner_uid: Host user of sandboxed processes when we are root.
        """
        self._repositories = repositories
        self._sandbox = sandbox
        self._progress = progress
        self._folder = home / "environments"
        self._fallbacks = fallback_interpreters
        self._active = active_environment
        self._owner_uid = owner_uid
        self._known: dict[tuple[str, tuple[str, ...], str | None, tuple[str, ...]], Interpreter] = {}

    async def prepare(
        self, project: Project, repository: Repository, commit: CommitId, request: EnvironmentRequest
    ) -> Environment:
        """Return a ready environment by the first recipe that works.

        Raises:
            ConsentMissing: Something would have to be installed and nobody agreed to that.
            EnvironmentMissing: No recipe worked.
        """
        request = await self._with_recipe_of_repository(request, repository, commit)
        survey = await self._survey(project, repository, commit, request)
        if request.interpreter is not None:
            found = await self._given(survey, Path(request.interpreter))
            return await self._environment(survey, found, "--python", REQUIREMENTS)
        if request.setup_command is not None:
            return await self._build(survey)
        for candidate in existing_candidates(repository.source, self._active, self._fallbacks):
            interpreter = await self._ask(candidate.path, survey)
            if interpreter is not None and not interpreter.lacks:
                if candidate.is_borrowed and _is_better_built(interpreter, survey):
                    continue
                environment = await self._environment(survey, interpreter, candidate.recipe, REQUIREMENTS)
                own = only_plugins(interpreter.pytest_plugins) if candidate.is_borrowed else ()
                return replace(environment, variables=(*environment.variables, *own))
        return await self._build(survey)

    def is_here(self, environment: Environment) -> bool:
        """Return whether all folders of an environment are here; what another home has built is not ours to use."""
        folders = [Path(source) for source, _ in environment.mounts]
        foreign = [folder for folder in folders if folder.parent.name == self._folder.name and not self._is_own(folder)]
        return not foreign and all(folder.exists() for folder in folders)

    def _is_own(self, folder: Path) -> bool:
        return folder.parent == self._folder or folder.parent.resolve() == self._folder.resolve()

    async def _survey(
        self, project: Project, repository: Repository, commit: CommitId, request: EnvironmentRequest
    ) -> Survey:
        read = self._repositories.read_files
        return Survey(
            project=project,
            repository=repository,
            commit=commit,
            request=request,
            locked=locked_versions(await read(repository, commit, project.lock_files)),
            packages=own_packages(project, await read(repository, commit, files_to_read(project))),
        )

    async def _with_recipe_of_repository(
        self, request: EnvironmentRequest, repository: Repository, commit: CommitId
    ) -> EnvironmentRequest:
        try:
            content = await self._repositories.read_file(repository, commit, RECIPE_FILE)
        except FileNotInCommit:
            return request
        return narrowed(request, content)

    async def _given(self, survey: Survey, path: Path) -> Interpreter:
        program = path / "bin/python" if path.is_dir() else path  # noqa: ASYNC240
        hint = "Give the interpreter of an environment with the project's requirements: `--python PATH`."
        if not program.is_file():
            raise EnvironmentMissing(because=f"there is no interpreter at {path}", hint=hint)
        found = await self._ask(program, survey)
        if found is None:
            raise EnvironmentMissing(because=f"{path} does not run as Python in the sandbox", hint=hint)
        if _lacks_pytest(found, survey.project):
            raise EnvironmentMissing(
                because=f"{path} has no usable pytest", hint=f"Install it there: `{path} -m pip install pytest`."
            )
        return found

    async def _ask(self, path: Path, survey: Survey) -> Interpreter | None:
        """Return what an interpreter is and lacks; a good answer is remembered for as long as we live."""
        requirement = survey.project.language_requirement
        python = requirement.value if requirement is not None else None
        wanted = wanted_requirements(survey.project)
        question = (str(path), wanted, python, survey.names())
        if question in self._known:
            return self._known[question]
        async with self._scratch() as root:
            found = await ask_interpreter(
                path, requirements=wanted, python=python, names=survey.names(), sandbox=self._sandbox, root=root
            )
        if found is not None and not found.lacks:
            self._known[question] = found
        return found

    async def _build(self, survey: Survey) -> Environment:
        wanted = wanted_requirements(survey.project)
        command = survey.request.setup_command
        own = [word for package in survey.packages for word in ("-e", str(PurePosixPath("./", package.folder)))]
        recipe = command or install_recipe((*wanted, *own))
        if survey.request.consent is not Consent.GIVEN:
            raise ConsentMissing(recipe=recipe)
        base = await self._base(survey)
        recipe_class = f"command {command}" if command else REQUIREMENTS
        folder = self._folder / await self._key(survey, base.version, recipe_class)
        roots = [root for suite in survey.project.suites for root in suite.import_roots]
        plan = Plan(wanted, survey.locked, survey.packages, tuple(dict.fromkeys(roots)), command)
        async with self._scratch() as root:
            await self._write_files(survey.repository, survey.commit, root)
            notes = await build_environment(
                folder,
                plan,
                base=base,
                sandbox=self._sandbox,
                root=root,
                owner_uid=self._owner_uid,
                progress=self._progress,
            )
        built = await self._ask(folder / "bin/python", survey)
        if built is None:
            raise EnvironmentMissing(because=f"what `{recipe}` built does not run", hint="Give `--python PATH`.")
        if _lacks_pytest(built, survey.project):
            raise EnvironmentMissing(
                because=f"`{recipe}` did not install pytest", hint="Let `--setup-command` install pytest as well."
            )
        environment = await self._environment(survey, built, recipe, recipe_class)
        return replace(
            environment, notes=tuple(dict.fromkeys((*pinned(built, survey.locked), *notes, *environment.notes)))
        )

    async def _base(self, survey: Survey) -> Interpreter:
        """Return an interpreter of a version that the project allows, to build with."""
        refused: list[str] = []
        for path in self._fallbacks:
            found = await self._ask(path, survey)
            too_old = [lack for lack in found.lacks if lack.startswith("Python ")] if found is not None else []
            if found is not None and not too_old:
                return found
            refused += too_old
        because = f"no Python on this machine fits: {', '.join(refused) or 'none was found'}"
        raise EnvironmentMissing(because=because, hint="Give one that fits with `--python PATH`.")

    async def _write_files(self, repository: Repository, commit: CommitId, root: Path) -> None:
        """Write the commit's files for the installer to see."""
        entries = await self._repositories.list_files(repository, commit)
        plain = {FileMode.REGULAR, FileMode.EXECUTABLE}
        paths = [entry.path for entry in entries if entry.mode in plain and _is_safe(entry.path)]
        contents = await self._repositories.read_files(repository, commit, paths)
        for path, content in contents.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    async def _key(self, survey: Survey, version: str, recipe_class: str) -> EnvironmentKey:
        entries = await self._repositories.list_files(survey.repository, survey.commit)
        return environment_key(entries=entries, project=survey.project, version=version, recipe=recipe_class)

    async def _environment(
        self, survey: Survey, interpreter: Interpreter, recipe: str, recipe_class: str
    ) -> Environment:
        """Return an environment in which the project itself looks installed; its code is that of the workspace."""
        mounts = [(str(mount.source), mount.target) for mount in interpreter.mounts]
        programs, imports = [str(interpreter.path.parent)], [python_path(survey.project)]
        has = {name for name, _ in interpreter.versions}
        missing = [package for package in survey.packages if package.name not in has or recipe == FALLBACK]
        if missing:
            self._folder.mkdir(parents=True, exist_ok=True)
            metadata = str(await write_metadata(missing, interpreter=str(interpreter.path), home=self._folder))
            mounts.append((metadata, metadata))
            programs.insert(0, f"{metadata}/bin")
            imports.append(metadata)
        return Environment(
            key=await self._key(survey, interpreter.version, recipe_class),
            toolchain="python",
            recipe=recipe,
            interpreter=str(interpreter.path),
            interpreter_version=interpreter.version,
            mounts=tuple(mounts),
            variables=(("PATH", ":".join((*programs, SYSTEM_PATH))), ("PYTHONPATH", ":".join(imports))),
            test_command=survey.request.test_command,
            notes=(*strays(interpreter, survey.locked), *not_compiled(missing)),
        )

    @asynccontextmanager
    async def _scratch(self) -> AsyncIterator[Path]:
        """Make an empty folder to run in, and remove it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=self._folder))
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _is_better_built(interpreter: Interpreter, survey: Survey) -> bool:
    """Return whether an interpreter that is only borrowed lacks what an environment of the project's own would have."""
    if any(package.makes for package in survey.packages):
        return True
    is_wanting = strays(interpreter, survey.locked) or any(package.is_compiled for package in survey.packages)
    return survey.request.consent is Consent.GIVEN and bool(is_wanting)


def _lacks_pytest(interpreter: Interpreter, project: Project) -> bool:
    needs_pytest = any(suite.framework == "pytest" for suite in project.suites)
    return needs_pytest and any(requirement_name(text) == "pytest" for text in interpreter.lacks)


def _is_safe(path: str) -> bool:
    return not os.path.isabs(path) and not {"..", ".git"}.intersection(path.split("/"))  # noqa: PTH117
