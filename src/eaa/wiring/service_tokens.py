"""The tokens by which services of this installation know each other."""

from eaa.adapters.jwt.service_tokens import JwtServiceTokens
from eaa.adapters.system.clock import SystemClock
from eaa.ports.service_tokens import ServiceTokens
from eaa.settings import Settings
from eaa.wiring.llm_storage import master_keys


def service_tokens(settings: Settings) -> ServiceTokens:
    """Return what signs and reads them; all services share the file with the master key."""
    return JwtServiceTokens(master_keys(settings), clock=SystemClock())
