"""The switches of this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count

from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.engine.toggles import FollowedToggles
from eaa.ports.signals import Signals
from eaa.ports.store import Store
from eaa.ports.toggles import Toggles
from eaa.services.health.parts import Part

_numbers = count()


@dataclass(frozen=True, slots=True)
class Switches:
    """What can be switched off here, and what is."""

    toggles: Toggles
    part: Part
    """Says in `/readyz` what is off."""


@asynccontextmanager
async def open_toggles(store: Store, signals: Signals | None = None) -> AsyncIterator[Switches]:
    """Follow the settings inside the block; through OpenFeature, where it is installed.

    Args:
        store: Where they are.
        signals: Tell at once when one was set; without them it is noticed within seconds.

    Raises:
        DatabaseUnreachable: There is no way to them.
    """
    followed = FollowedToggles(store=store)
    await followed.look()
    async with AsyncExitStack() as stack:
        following = asyncio.create_task(followed.follow(signals), name="toggles")
        stack.push_async_callback(_ended, following)
        toggles: Toggles = followed
        if find_spec("openfeature") is not None:
            # Loaded where it is used: it comes with the extra of the services.
            from eaa.adapters.openfeature.toggles import provided

            # Everyone who follows has a domain: several may live in one process.
            domain = f"eaa-{next(_numbers)}"
            toggles = stack.enter_context(provided(followed, domain=domain, organisation_id=DEFAULT_ORGANISATION))
        yield Switches(toggles, Part("toggles", followed.fault, is_needed=False))


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
