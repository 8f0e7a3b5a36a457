"""Switches evaluated by OpenFeature: its hooks see every evaluation, and the settings table is the provider.

Source: OpenFeature specification 0.8, "Flag Evaluation API" and "Provider".
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata
from openfeature.provider.no_op_provider import NoOpProvider
from typing_extensions import override

from eaa.domain.ids import OrganisationId
from eaa.domain.toggle import Toggle
from eaa.ports.toggles import Toggles

PROVIDER = "eaa settings"
_KNOWN = frozenset(Toggle)


class SettingsProvider(AbstractProvider):
    """Answers from a copy of the settings table. Every switch is a boolean."""

    def __init__(self, settings: Toggles) -> None:
        super().__init__()
        self._settings = settings

    @override
    def get_metadata(self) -> Metadata:
        return Metadata(name=PROVIDER)

    @override
    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        if flag_key not in _KNOWN:
            raise FlagNotFoundError(f"no switch is called {flag_key}")
        is_on = self._settings.is_on(Toggle(flag_key))
        return FlagResolutionDetails(is_on, reason=Reason.CACHED, variant="on" if is_on else "off")

    @override
    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        raise _no_boolean(flag_key)

    @override
    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        raise _no_boolean(flag_key)

    @override
    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        raise _no_boolean(flag_key)

    @override
    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        raise _no_boolean(flag_key)


class OpenFeatureToggles(Toggles):
    """Asks an OpenFeature client, on the account of one organisation. What goes wrong there counts as on."""

    def __init__(self, client: OpenFeatureClient, organisation_id: OrganisationId) -> None:
        self._client = client
        self._context = EvaluationContext(targeting_key=organisation_id)

    @override
    def is_on(self, toggle: Toggle) -> bool:
        return self._client.get_boolean_value(toggle, default_value=True, evaluation_context=self._context)


@contextmanager
def provided(settings: Toggles, *, domain: str, organisation_id: OrganisationId) -> Iterator[OpenFeatureToggles]:
    """Provide the settings in a domain of OpenFeature inside the block, and yield what evaluates them there."""
    api.set_provider_and_wait(SettingsProvider(settings), domain)
    try:
        yield OpenFeatureToggles(api.get_client(domain), organisation_id)
    finally:
        api.set_provider(NoOpProvider(), domain)


def _no_boolean(flag_key: str) -> TypeMismatchError:
    return TypeMismatchError(f"{flag_key} is asked for as something else than a switch")
