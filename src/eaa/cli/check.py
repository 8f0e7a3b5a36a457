"""`eaa check`: what eaa makes of a repository, and whether it could work here. Reads, measures, changes nothing."""

import os
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from eaa.cli.exit_codes import ExitCode, exit_code_of_error
from eaa.cli.options import CheckOptions
from eaa.cli.output import Tone, print_facts, print_json
from eaa.cli.progress import open_progress
from eaa.cli.requests import environment_request, open_repository, remarks
from eaa.domain.brief import Baseline
from eaa.domain.environment import Environment
from eaa.domain.errors import ConsentMissing, EnvironmentMissing, TestsCannotStart
from eaa.domain.evidence import RUNS_PER_SIDE
from eaa.domain.ids import CommitId
from eaa.domain.project import Finding, Project
from eaa.domain.repository import CheckoutState, Repository
from eaa.engine.evidence.bounded_baseline import BoundedBaseline, measure_within
from eaa.engine.evidence.lab import Lab
from eaa.engine.instructions import read_instructions
from eaa.settings import load_settings
from eaa.wiring.tools import Toolbox, open_tools

_PREPARING = "environment"
_TESTING = "the project's own tests"
_NO_TESTS = "no tests were found, so none ran; `eaa run` writes some from the examples in an issue"
_SHOWN = 5
"""Lines of one kind; `--json` has them all."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that was found out about a repository."""

    repository: Repository
    commit: CommitId
    checkout: CheckoutState | None
    """None for a repository that is only an address."""
    project: Project | None
    """None when it is of no language we know."""
    instructions: tuple[Finding, ...]
    sandbox: str
    environment: Environment | None = None
    baseline: Baseline | None = None
    obstacle: EnvironmentMissing | ConsentMissing | None = None
    """Why there is no environment, or why no test starts in it."""
    runs: int = 0
    """How many runs the baseline comes from."""
    note: str = ""
    """Why there is no baseline, or only one of fewer runs than usual."""


async def check_repository(options: CheckOptions) -> int:
    """Print what is found; return 0; 6 when the tests cannot be run here, 4 when that needs a yes.

    Raises:
        RepositoryUnusable: There is no usable git repository.
        SandboxUnavailable: No sandbox works here.
    """
    with closing(open_progress(is_json=options.is_json)) as progress:
        async with open_tools(load_settings(), progress=progress, is_unsafe=options.is_unsafe) as tools:
            checked = await _measure(await _read(options, tools), options, tools)
    if options.is_json:
        print_json(_as_json(checked))
    else:
        print_facts(_rows(checked))
    return exit_code_of_error(checked.obstacle) if checked.obstacle else ExitCode.DONE


async def _read(options: CheckOptions, tools: Toolbox) -> Checked:
    """Find out what can be read from files, without running anything."""
    repository, commit, checkout = await open_repository(options.repo, None, tools=tools)
    return Checked(
        repository=repository,
        commit=commit,
        checkout=checkout,
        project=await tools.toolchain.detect(repository, commit),
        instructions=await read_instructions(tools.repositories, repository, commit),
        sandbox=tools.sandbox.kind,
    )


async def _measure(checked: Checked, options: CheckOptions, tools: Toolbox) -> Checked:
    """Prepare the environment and run the tests, where there are any."""
    project = checked.project
    if project is None:
        hint = "eaa works on Python so far."
        return replace(checked, obstacle=EnvironmentMissing(because="no language it knows was found", hint=hint))
    request = environment_request(
        python=options.python,
        test_command=options.test_command,
        setup_command=options.setup_command,
        has_consent=options.has_consent,
    )
    tools.progress.stage_started(_PREPARING)
    try:
        environment = await tools.toolchain.prepare(project, checked.repository, checked.commit, request)
    except (EnvironmentMissing, ConsentMissing) as error:
        tools.progress.stage_ended(_PREPARING, "not ready")
        return replace(checked, obstacle=error)
    tools.progress.stage_ended(_PREPARING, f"ready, Python {environment.interpreter_version}")
    checked = replace(checked, environment=environment)
    if not project.suites:
        return replace(checked, note=_NO_TESTS)
    return await _run_tests(checked, project, environment, options, tools)


async def _run_tests(
    checked: Checked, project: Project, environment: Environment, options: CheckOptions, tools: Toolbox
) -> Checked:
    lab = Lab(
        repository=checked.repository,
        environment=environment,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )
    tools.progress.stage_started(_TESTING)
    found = await measure_within(options.limit_s, lab=lab, commit=checked.commit, suites=project.suites)
    tools.progress.stage_ended(_TESTING, f"{found.runs} of {RUNS_PER_SIDE} runs ended")
    fault = found.baseline.fault if found.baseline is not None else None
    return replace(
        checked,
        baseline=found.baseline,
        obstacle=TestsCannotStart(fault=fault) if fault is not None else None,
        runs=found.runs,
        note=_bounded(found, options.limit_s) if fault is None else "",
    )


def _bounded(found: BoundedBaseline, limit_s: float) -> str:
    """Return what to say when not all runs fitted into the time."""
    if found.runs == RUNS_PER_SIDE:
        return ""
    more = f"`--limit-s {3 * limit_s:g}` gives them more time{_burden()}"
    if found.runs == 0:
        place = f" {found.cut_in} was running then;" if found.cut_in else ""
        return f"one run of the project's own tests takes longer than {limit_s:g} s;{place} {more}"
    missing = RUNS_PER_SIDE - found.runs
    return (
        f"the project's own tests are slow: {missing} of {RUNS_PER_SIDE} runs did not fit into {limit_s:g} s, "
        f"so flaky tests may be unseen; {more}"
    )


def _burden() -> str:
    """Return that others use this machine too, where they do: then it is not the tests that are slow."""
    waiting, processors = os.getloadavg()[0], os.cpu_count() or 1
    is_busy = waiting > 2 * processors
    return f" (this machine is busy: {waiting:.0f} programs want {processors} processors)" if is_busy else ""


# --- for people ---


def _rows(checked: Checked) -> list[tuple[str, str, Tone]]:
    rows = [("repository", f"{checked.repository.source} at {checked.commit[:12]}", Tone.PLAIN)]
    rows += [("checkout", text, Tone.NOTE) for text in remarks(checked.checkout)]
    if checked.project is not None:
        rows += [(name, text, Tone.PLAIN) for name, text in _project_rows(checked.project)]
    paths = ", ".join(finding.path for finding in checked.instructions)
    rows += [
        ("instructions", paths or "none", Tone.PLAIN),
        ("sandbox", checked.sandbox, Tone.NOTE if checked.sandbox == "none" else Tone.GOOD),
        *_environment_rows(checked),
        *_baseline_rows(checked.baseline, checked.runs),
        *([("baseline", checked.note, Tone.NOTE)] if checked.note else []),
        ("leaves the machine", LEAVES, Tone.PLAIN),
    ]
    return rows


LEAVES = (
    "nothing with `--offline`. Without it: fetches and pull requests that you ask for, and the names of packages "
    "when an environment is built after your yes"
)


def _project_rows(project: Project) -> list[tuple[str, str]]:
    requirement = project.language_requirement
    rows = [
        ("language", project.language + (f" {requirement.value} ({_where(requirement)})" if requirement else "")),
        ("sources", f"{len(project.source_paths)} files"),
    ]
    if project.package_manager:
        rows.append(("packages", f"{project.package_manager.value} ({_where(project.package_manager)})"))
    rows += [
        ("tests", f"{suite.command.value} in {suite.root} ({_where(suite.command)}), {len(suite.test_paths)} files")
        for suite in project.suites
    ] or [("tests", "none found")]
    rows += [("runner", f"{runner.value} ({_where(runner)})") for runner in project.runners]
    rows += [("quality", f"{tool.name} ({_where(tool.configured_in)})") for tool in project.quality_tools]
    return rows + [("note", note) for note in project.notes]


def _environment_rows(checked: Checked) -> list[tuple[str, str, Tone]]:
    if checked.environment is not None:
        environment = checked.environment
        text = f"{environment.recipe}, Python {environment.interpreter_version}, key {environment.key[:12]}"
        return [("environment", text, Tone.GOOD), *(("environment", note, Tone.NOTE) for note in environment.notes)]
    error = checked.obstacle
    if isinstance(error, ConsentMissing):
        return [("environment", f"not built yet: {error}. {error.hint}", Tone.NOTE)]
    return [("environment", f"missing: {error}. {error.hint}" if error else "missing", Tone.BAD)]


def _baseline_rows(baseline: Baseline | None, runs: int) -> list[tuple[str, str, Tone]]:
    if baseline is None:
        return []
    how = f"in {runs} {'run' if runs == 1 else 'runs'}, {baseline.duration_s:.1f} s a run"
    how = how if runs else f"before the time ended, after {baseline.duration_s:.1f} s; the others were not reached"
    counts = (
        f"{len(baseline.passing)} pass, {len(baseline.failing)} fail, {len(baseline.flaky)} flaky, "
        f"{len(baseline.skipped)} skipped {how}"
    )
    is_calm = bool(runs and baseline.passing) and not baseline.failing and not baseline.flaky
    rows = [("baseline", counts, Tone.GOOD if is_calm else Tone.NOTE)]
    rows += [("fails", f"{result.test}", Tone.NOTE) for result in baseline.failing[:_SHOWN]]
    rows += [("flaky", f"{test} ({how})", Tone.NOTE) for test, how in baseline.flaky[:_SHOWN]]
    return rows + [("not collected", error, Tone.BAD) for error in baseline.collection_errors[:_SHOWN]]


def _where(finding: Finding) -> str:
    return f"{finding.path}:{finding.line}" if finding.line else finding.path


# --- for scripts ---


def _as_json(checked: Checked) -> dict[str, Any]:
    """Return everything as plain values; instruction files by path only, their text is not ours to repeat."""
    import msgspec

    baseline = checked.baseline
    error = checked.obstacle
    value: dict[str, Any] = msgspec.to_builtins(
        {
            "repository": checked.repository,
            "commit": checked.commit,
            "checkout": checked.checkout,
            "project": checked.project,
            "instructions": [finding.path for finding in checked.instructions],
            "sandbox": checked.sandbox,
            "environment": checked.environment,
            "environment_problem": error and {"code": error.code, "message": str(error), "hint": error.hint},
            "baseline": baseline,
            "baseline_problem": checked.note or None,
            "runs": checked.runs,
            "leaves_the_machine": LEAVES,
        }
    )
    return value
