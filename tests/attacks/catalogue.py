"""All attacks."""

from tests.attacks.attack import Attack
from tests.attacks.cases import borders, git, kernel, network, processes, resources, secrets

ATTACKS: tuple[Attack, ...] = (
    *resources.ATTACKS,
    *processes.ATTACKS,
    *secrets.ATTACKS,
    *network.ATTACKS,
    *kernel.ATTACKS,
    *git.ATTACKS,
    *borders.ATTACKS,
)
