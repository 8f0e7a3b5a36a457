"""The parts that talk to models."""

from collections.abc import Mapping
from types import MappingProxyType

from eaa.adapters.config.models_file import read_models_file
from eaa.adapters.config.usual_models import with_usual_model
from eaa.domain.catalogue import Catalogue
from eaa.settings import Settings

MODELS_FILE = "models.toml"


def load_catalogue(settings: Settings, environment: Mapping[str, str]) -> Catalogue:
    """Return the models of this installation: `EAA_HOME/models.toml` and `EAA_MODEL`.

    A `models.toml` inside somebody's repository is never read: it would say where prompts and keys are sent.

    Raises:
        InvalidRequest: The file or the name cannot be used.
    """
    written = read_models_file(settings.home / MODELS_FILE)
    catalogue = written or Catalogue(models=(), providers=MappingProxyType({}))
    return with_usual_model(catalogue, model=settings.model, environment=environment)
