"""The tokens by which services of this installation know each other."""

from functools import partial

from eaa.adapters.jwt.service_tokens import JwtServiceTokens
from eaa.adapters.system.clock import SystemClock
from eaa.ports.service_tokens import ServiceTokens
from eaa.settings import Settings
from eaa.wiring.llm_storage import master_keys
from eaa.wiring.shards import shard_map


def service_tokens(settings: Settings) -> ServiceTokens:
    """Return what signs and reads them; all services share the file with the master key."""
    require_here = partial(shard_map(settings).require, here=settings.shard)
    return JwtServiceTokens(master_keys(settings), clock=SystemClock(), require_here=require_here)
