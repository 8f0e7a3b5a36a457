"""`eaa replay … --from STEP --model M`: another model works on from a recorded step, in a run of its own."""

import os
from contextlib import closing

from eaa.cli.exit_codes import exit_code_of
from eaa.cli.options import ReplayOptions
from eaa.cli.output import print_json
from eaa.cli.progress import open_progress
from eaa.cli.recordings import Source, find_repository, order_here
from eaa.cli.results import print_result, result_json, write_files
from eaa.cli.run import finish, limit
from eaa.domain.errors import InvalidRequest
from eaa.engine.forking import ForkRequest, open_fork
from eaa.engine.replay.beginning import find_step
from eaa.engine.workflows.order import Fork
from eaa.engine.workflows.place import find_place
from eaa.settings import Settings, load_settings
from eaa.wiring.app import open_app
from eaa.wiring.llm import load_catalogue
from eaa.wiring.workplace import ModelWish


async def fork_run(options: ReplayOptions, source: Source) -> int:
    """Let a model work on from a recorded step and return the exit code, as `eaa run` does."""
    settings = _settings_for(options, source)
    assert options.step is not None
    assert options.model is not None
    step = find_step(source.recording, options.step)
    recorded = source.recording.run.id
    with closing(open_progress(is_json=options.is_json)) as progress:
        models = ModelWish(budget_usd=options.budget_usd)
        async with open_app(settings, progress=progress, is_unsafe=options.is_unsafe, models=models) as app:
            if app.agents is None:
                raise InvalidRequest(f"there is no way to the model {options.model}", hint="See docs/models.md.")
            repository = await find_repository(source, options.repo, settings, app.tools)
            here = order_here(source, repository, python=options.python, has_consent=options.has_consent)
            progress.noted(f"a fork of {recorded}: {options.model} works on from step {step.sequence} `{step.name}`")
            wanted = ForkRequest(
                recording=source.recording,
                fork=Fork(of_run=recorded, step=step.sequence, step_name=step.name, model=options.model),
                repository=repository,
                environment=here.request,
                # The environment of the record is another machine's, or of another day: it is looked for here.
                place=await find_place(here, app.tools),
            )
            opened = await open_fork(wanted, owner_slot=app.slot, desk=app.desk)
            await limit(opened, options.budget_usd, app)
            result, seconds = await finish(opened, app)
    evidence = write_files(settings.home, result)
    if options.is_json:
        facts = {"fork_of": recorded, "fork_from": step.name, "fork_model": options.model}
        print_json({**result_json(opened.run, result, evidence, seconds), **facts})
    else:
        print_result(result, evidence)
    return exit_code_of(result.verdict)


def _settings_for(options: ReplayOptions, source: Source) -> Settings:
    """Return the settings with the model named as the default one.

    Raises:
        InvalidRequest: No step is named, no such model is known here, or a bundle's code would run without a sandbox.
    """
    settings = load_settings().model_copy(update={"model": options.model})
    if options.step is None:
        named = ", ".join(f"{step.sequence} `{step.name}`" for step in source.recording.steps)
        raise InvalidRequest("--model needs --from: where shall it begin?", hint=f"The steps are: {named or 'none'}.")
    if source.is_bundle and options.is_unsafe:
        raise InvalidRequest("a bundle is not worked on without a sandbox", hint="`eaa doctor` says what it needs.")
    if settings.orchestrator_url is None:
        # Says by itself what is wrong with a name that is none.
        load_catalogue(settings, os.environ)
    return settings
