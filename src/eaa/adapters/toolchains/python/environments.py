"""Finding or building the environment in which a project's tests run."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from eaa.adapters.toolchains.python.building import build_environment
from eaa.adapters.toolchains.python.interpreters import Interpreter, ask_interpreter
from eaa.adapters.toolchains.python.locks import locked_versions
from eaa.adapters.toolchains.python.recipes import (
    REQUIREMENTS,
    environment_key,
    existing_candidates,
    install_recipe,
    only_plugins,
    python_path,
    wanted_requirements,
)
from eaa.adapters.toolchains.python.repository_recipe import RECIPE_FILE, narrowed
from eaa.adapters.toolchains.python.requirements import requirement_name
from eaa.domain.environment import Consent, Environment, EnvironmentRequest
from eaa.domain.errors import ConsentMissing, EnvironmentMissing, FileNotInCommit
from eaa.domain.ids import CommitId
from eaa.domain.project import Project
from eaa.domain.repository import FileMode, Repository
from eaa.ports.repositories import Repositories
from eaa.ports.sandbox import Sandbox


class PythonEnvironments:
    """Uses an interpreter that is there already when it has what the project declares; else builds one."""

    def __init__(
        self,
        *,
        repositories: Repositories,
        sandbox: Sandbox,
        home: Path,
        fallback_interpreters: tuple[Path, ...] = (),
        active_environment: Path | None = None,
        owner_uid: int | None = None,
    ) -> None:
        """Keep built environments below `home/environments`.

        Args:
            repositories: Where manifests are read.
            sandbox: Where interpreters and installers run.
            home: A folder of ours.
            fallback_interpreters: Tried when the project has no environment of its own; they also build new ones.
            active_environment: Folder of the virtual environment that the person has activated.
            owner_uid: Host user of sandboxed processes when we are root.
        """
        self._repositories = repositories
        self._sandbox = sandbox
        self._folder = home / "environments"
        self._fallbacks = fallback_interpreters
        self._active = active_environment
        self._owner_uid = owner_uid
        self._known: dict[tuple[str, tuple[str, ...], str | None], Interpreter] = {}

    async def prepare(
        self, project: Project, repository: Repository, commit: CommitId, request: EnvironmentRequest
    ) -> Environment:
        """Return a ready environment by the first recipe that works.

        Raises:
            ConsentMissing: Something would have to be installed and nobody agreed to that.
            EnvironmentMissing: No recipe worked.
        """
        request = await self._with_recipe_of_repository(request, repository, commit)
        if request.interpreter is not None:
            found = await self._given(project, Path(request.interpreter))
            return await self._environment(found, "--python", REQUIREMENTS, project, repository, commit, request)
        if request.setup_command is not None:
            return await self._build(project, repository, commit, request)
        for candidate in existing_candidates(repository.source, self._active, self._fallbacks):
            interpreter = await self._ask(candidate.path, project)
            if interpreter is not None and not interpreter.lacks:
                environment = await self._environment(
                    interpreter, candidate.recipe, REQUIREMENTS, project, repository, commit, request
                )
                own = only_plugins(interpreter.pytest_plugins) if candidate.is_borrowed else ()
                return replace(environment, variables=(*environment.variables, *own))
        return await self._build(project, repository, commit, request)

    async def _with_recipe_of_repository(
        self, request: EnvironmentRequest, repository: Repository, commit: CommitId
    ) -> EnvironmentRequest:
        try:
            content = await self._repositories.read_file(repository, commit, RECIPE_FILE)
        except FileNotInCommit:
            return request
        return narrowed(request, content)

    async def _given(self, project: Project, path: Path) -> Interpreter:
        program = path / "bin/python" if path.is_dir() else path  # noqa: ASYNC240
        hint = "Give the interpreter of an environment with the project's requirements: `--python PATH`."
        if not program.is_file():
            raise EnvironmentMissing(because=f"there is no interpreter at {path}", hint=hint)
        found = await self._ask(program, project)
        if found is None:
            raise EnvironmentMissing(because=f"{path} does not run as Python in the sandbox", hint=hint)
        if _lacks_pytest(found, project):
            raise EnvironmentMissing(
                because=f"{path} has no usable pytest", hint=f"Install it there: `{path} -m pip install pytest`."
            )
        return found

    async def _ask(self, path: Path, project: Project) -> Interpreter | None:
        """Return what an interpreter is and lacks; a good answer is remembered for as long as we live."""
        python = project.language_requirement.value if project.language_requirement is not None else None
        question = (str(path), wanted_requirements(project), python)
        if question in self._known:
            return self._known[question]
        async with self._scratch() as root:
            found = await ask_interpreter(
                path, requirements=question[1], python=python, sandbox=self._sandbox, root=root
            )
        if found is not None and not found.lacks:
            self._known[question] = found
        return found

    async def _build(
        self, project: Project, repository: Repository, commit: CommitId, request: EnvironmentRequest
    ) -> Environment:
        wanted = wanted_requirements(project)
        recipe = request.setup_command or install_recipe(wanted)
        if request.consent is not Consent.GIVEN:
            raise ConsentMissing(recipe=recipe)
        base = await self._base(project)
        recipe_class = f"command {request.setup_command}" if request.setup_command else REQUIREMENTS
        key = environment_key(
            entries=await self._repositories.list_files(repository, commit),
            project=project,
            version=base.version,
            recipe=recipe_class,
        )
        async with self._scratch() as root:
            await self._write_files(repository, commit, root)
            program = await build_environment(
                self._folder / key,
                base=base,
                requirements=wanted,
                versions=locked_versions(await self._repositories.read_files(repository, commit, project.lock_files)),
                setup_command=request.setup_command,
                sandbox=self._sandbox,
                root=root,
                owner_uid=self._owner_uid,
            )
        built = await self._ask(program, project)
        if built is None:
            raise EnvironmentMissing(because=f"what `{recipe}` built does not run", hint="Give `--python PATH`.")
        if _lacks_pytest(built, project):
            raise EnvironmentMissing(
                because=f"`{recipe}` did not install pytest", hint="Let `--setup-command` install pytest as well."
            )
        return await self._environment(built, recipe, recipe_class, project, repository, commit, request)

    async def _base(self, project: Project) -> Interpreter:
        """Return an interpreter of a version that the project allows, to build with."""
        refused: list[str] = []
        for path in self._fallbacks:
            found = await self._ask(path, project)
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

    async def _environment(
        self,
        interpreter: Interpreter,
        recipe: str,
        recipe_class: str,
        project: Project,
        repository: Repository,
        commit: CommitId,
        request: EnvironmentRequest,
    ) -> Environment:
        entries = await self._repositories.list_files(repository, commit)
        return Environment(
            key=environment_key(entries=entries, project=project, version=interpreter.version, recipe=recipe_class),
            toolchain="python",
            recipe=recipe,
            interpreter=str(interpreter.path),
            interpreter_version=interpreter.version,
            mounts=tuple((str(mount.source), mount.target) for mount in interpreter.mounts),
            variables=(("PYTHONPATH", python_path(project)),),
            test_command=request.test_command,
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


def _lacks_pytest(interpreter: Interpreter, project: Project) -> bool:
    needs_pytest = any(suite.framework == "pytest" for suite in project.suites)
    return needs_pytest and any(requirement_name(text) == "pytest" for text in interpreter.lacks)


def _is_safe(path: str) -> bool:
    return not os.path.isabs(path) and not {"..", ".git"}.intersection(path.split("/"))  # noqa: PTH117
