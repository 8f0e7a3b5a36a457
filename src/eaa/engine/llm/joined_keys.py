"""Keys of providers from several places at once."""

from typing_extensions import override

from eaa.domain.model import Provider
from eaa.domain.model_errors import KeyRefused
from eaa.domain.secret import Secret
from eaa.ports.model_keys import ModelKeys


class JoinedKeys(ModelKeys):
    """All keys of all places, in the order of the places, each of them once.

    A place that should have a key and has none matters only when no other place has one.
    """

    def __init__(self, *places: ModelKeys) -> None:
        self._places = places

    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        found: dict[Secret, None] = {}
        refusal: KeyRefused | None = None
        for place in self._places:
            try:
                found.update(dict.fromkeys(await place.keys(provider)))
            except KeyRefused as error:
                refusal = refusal or error
        if not found and refusal is not None:
            raise refusal
        return tuple(found)

    @override
    async def refresh(self, provider: Provider) -> None:
        for place in self._places:
            await place.refresh(provider)
