"""All trials of a bench: what is left to do of it, in order, some at once, each kept as it ends."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from eaa.adapters.git.exercises import ExerciseRepositories
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.errors import InvalidRequest
from eaa.domain.exercise import Exercise
from eaa.domain.trial import Arm, Invalid, Trial
from eaa.engine.evidence.parallel import in_parallel
from eaa.engine.trials.report import TrialsReport, report_on
from eaa.kit.digest import sha256_hex
from eaa.ports.progress import Progress
from eaa.settings import Settings
from eaa.wiring.agents import has_models
from eaa.wiring.app import open_app
from eaa.wiring.llm import load_catalogue
from eaa.wiring.tasks_bench.attempts import Attempts
from eaa.wiring.tasks_bench.book import Book, Terms
from eaa.wiring.tasks_bench.preparing import Preparing
from eaa.wiring.workplace import ModelWish

SCRIPTED = ("scripted", "loop-")
"""How the names of models begin that answer from a script; they come with our own servers for tests."""

Said = Callable[[Trial | Invalid], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksBench:
    """What a person wants measured."""

    exercises: tuple[Exercise, ...]
    source: str
    """Where they come from."""
    arms: tuple[Arm, ...]
    environment: EnvironmentRequest
    budget_usd: float
    at_once: int
    results: Path | None
    """Folder of the results; None: one below EAA_HOME for these exercises, this model and this budget."""


def chosen(exercises: Sequence[Exercise], *, limit: int | None, seed: int | None) -> tuple[Exercise, ...]:
    """Return the first exercises: in the order given, or shuffled by a seed, the same way each time."""
    order = list(exercises)
    if seed is not None:
        random.Random(seed).shuffle(order)  # noqa: S311  (an order, not a secret)
    return tuple(order[:limit])


def model_name(settings: Settings) -> str:
    """Return the model that is measured.

    Raises:
        InvalidRequest: None is configured.
    """
    if settings.orchestrator_url is not None:
        return settings.model or "of the orchestrator"
    default = settings.model or load_catalogue(settings, os.environ).default
    if not has_models(settings, os.environ) or default is None:
        raise InvalidRequest(
            "no model is named",
            hint="Give `--model provider/model` and set its provider's key, such as OPENAI_API_KEY (docs/models.md).",
        )
    return default


def is_scripted(model: str) -> bool:
    """Return whether a model's name says that it answers from a script."""
    return model.rpartition("/")[2].startswith(SCRIPTED)


async def open_book(bench: TasksBench, settings: Settings) -> Book:
    """Return the results of a bench, with what stands in them already.

    Raises:
        InvalidRequest: The folder holds results on other terms.
    """
    terms = Terms(source=bench.source, model=model_name(settings), budget_usd=bench.budget_usd)
    folder = bench.results or settings.home / "bench-tasks" / sha256_hex(repr(terms).encode())[:12]
    return await asyncio.to_thread(Book.open, folder.absolute(), terms)


async def run_bench(
    bench: TasksBench, book: Book, *, settings: Settings, progress: Progress, said: Said
) -> TrialsReport:
    """Do what is left to do and return what all of it amounts to. What has ended is in the book, whatever happens.

    Args:
        bench: What is wanted.
        book: Where results are kept.
        settings: Which model, and where everything is.
        progress: Who watches the stages.
        said: Told what came of each trial as it ends.

    Raises:
        SandboxUnavailable: No sandbox works here. (`DiskFull`, `DatabaseUnreachable` likewise end everything.)
        SlotTaken: Another process works on the same results.
    """
    names = {exercise.name for exercise in bench.exercises}
    left = [exercise for exercise in bench.exercises if book.left(exercise.name, bench.arms)]
    if left:
        async with _open(bench, book, settings, progress) as attempts:
            room = asyncio.Semaphore(bench.at_once)
            await in_parallel(_work(exercise, bench.arms, book, attempts, room, said) for exercise in left)
    book.write_predictions()
    return report_on(
        [trial for trial in book.trials if trial.exercise in names and trial.arm in bench.arms],
        [one for one in book.invalid if one.exercise in names],
    )


@asynccontextmanager
async def _open(bench: TasksBench, book: Book, settings: Settings, progress: Progress) -> AsyncIterator[Attempts]:
    wish = ModelWish(budget_usd=bench.budget_usd)
    async with open_app(settings, progress=progress, models=wish) as app:
        name = f"bench-tasks-{sha256_hex(os.fsencode(book.folder))[:12]}"
        async with app.slots.hold(name):
            assert app.agents is not None, "the model was looked for before"
            preparing = Preparing(
                tools=app.tools,
                repositories=ExerciseRepositories(home=settings.home),
                folder=book.folder / "repositories",
                environment=bench.environment,
            )
            yield Attempts(app, app.agents, preparing, bench.budget_usd)


async def _work(
    exercise: Exercise, arms: Sequence[Arm], book: Book, attempts: Attempts, room: asyncio.Semaphore, said: Said
) -> None:
    async with room:
        ready = await attempts.preparing.prepare(exercise)
        if isinstance(ready, Invalid):
            await asyncio.to_thread(book.add, ready)
            said(ready)
            return
        for arm in book.left(exercise.name, arms):
            trial = await attempts.attempt(ready, arm, book.find(exercise.name, Arm.SINGLE))
            await asyncio.to_thread(book.add, trial)
            said(trial)
