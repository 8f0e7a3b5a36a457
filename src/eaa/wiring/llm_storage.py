"""Where everything about calls to models is kept: the database of this installation, and Redis when there is one."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from eaa.adapters.files.sealing import FileSealing
from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.cooldowns import MemoryCooldowns
from eaa.adapters.sql.answer_cache import SqlAnswerCache
from eaa.adapters.sql.budgets import SqlBudgets
from eaa.adapters.sql.engine import database_name, sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.model_keys import SqlStoredKeys
from eaa.adapters.sql.model_usage import SqlUsageLog
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.errors import InvalidRequest
from eaa.engine.llm.layered_answers import LayeredAnswers
from eaa.engine.switched_rates import SwitchedRates
from eaa.kit.private_files import make_private_folder
from eaa.ports.answer_cache import AnswerCache
from eaa.ports.budgets import Budgets
from eaa.ports.cooldowns import Cooldowns
from eaa.ports.model_usage import UsageLog
from eaa.ports.rates import Rates
from eaa.ports.slots import Slots
from eaa.ports.stored_keys import StoredKeys
from eaa.ports.toggles import Toggles
from eaa.settings import DATABASE_FILE, Settings
from eaa.wiring.databases import open_database
from eaa.wiring.slots import slots_of
from eaa.wiring.storage import redis_prefix

MASTER_KEY_FILE = "master.key"


@dataclass(frozen=True, slots=True)
class LlmStorage:
    """What processes of an installation share."""

    budgets: Budgets
    """Shared; each method a transaction."""
    usage: UsageLog
    answers: AnswerCache
    """Of the database alone."""
    keys: StoredKeys
    slots: Slots
    """Who is alive, among all who share the budgets."""


@dataclass(frozen=True, slots=True)
class SharedNews:
    """What processes tell each other while they work."""

    cooldowns: Cooldowns
    answers: AnswerCache
    rates: Rates | None
    """None: limits a minute hold in this process alone."""


@asynccontextmanager
async def open_llm_storage(settings: Settings) -> AsyncIterator[LlmStorage]:
    """Open the database, brought to the newest revision, and close it at the end of the block.

    Raises:
        DatabaseUnreachable: There is no way to it.
        DatabaseTooNew: A newer version wrote it.
    """
    make_private_folder(settings.home)
    url = settings.database_url or sqlite_address(settings.home / DATABASE_FILE)
    await upgrade(url)
    name = database_name(url)
    async with open_database(settings) as engine:
        yield LlmStorage(
            budgets=SqlBudgets(engine, name=name, ids=UlidIds()),
            usage=SqlUsageLog(engine, name=name),
            answers=SqlAnswerCache(engine, name=name),
            keys=SqlStoredKeys(engine, name=name, sealing=master_keys(settings)),
            slots=slots_of(settings),
        )


@asynccontextmanager
async def open_shared_news(settings: Settings, lasting: AnswerCache, toggles: Toggles) -> AsyncIterator[SharedNews]:
    """Open cooldowns and kept answers: this process's own before those in Redis, when there is one, and the database's.

    With a Redis, limits a minute are shared too.

    Raises:
        InvalidRequest: A Redis is configured whose address cannot be used, or whose client is not installed.
    """
    near = MemoryAnswerCache()
    if settings.redis_url is None:
        yield SharedNews(MemoryCooldowns(), LayeredAnswers(near, (lasting,), monotonic_s=time.monotonic), rates=None)
        return
    try:
        from eaa.adapters.redis.answer_cache import RedisAnswerCache
        from eaa.adapters.redis.connection import open_redis
        from eaa.adapters.redis.cooldowns import open_cooldowns
        from eaa.adapters.redis.rates import RedisRates
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            "EAA_REDIS_URL is set, and the Redis client is not installed", hint="pip install 'eaa[server]'"
        ) from error
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(open_redis(settings.redis_url.get_secret_value()))
        cooldowns = await stack.enter_async_context(open_cooldowns(redis, clock=SystemClock()))
        prefix = redis_prefix(settings)
        layers = (RedisAnswerCache(redis, prefix=prefix), lasting)
        answers = LayeredAnswers(near, layers, monotonic_s=time.monotonic)
        yield SharedNews(cooldowns, answers, SwitchedRates(RedisRates(redis, prefix=prefix), toggles))


def master_keys(settings: Settings) -> FileSealing:
    """Return what encrypts secrets at rest; its file is made when first needed."""
    return FileSealing(settings.master_key_file or settings.home / MASTER_KEY_FILE)
