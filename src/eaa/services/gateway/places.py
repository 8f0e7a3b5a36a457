"""A bulkhead: so many at the same time, and who finds no place is told to come again."""

from dataclasses import dataclass

from eaa.services.gateway.errors import Overloaded


@dataclass(slots=True)
class Places:
    """Places for one kind of request. Entering takes one."""

    kind: str
    most: int
    retry_after_s: int
    taken: int = 0

    def __enter__(self) -> None:
        """Take a place.

        Raises:
            Overloaded: None is free. Nothing was done.
        """
        if self.taken >= self.most:
            raise Overloaded(
                f"{self.most} {self.kind} are answered already",
                status=503,
                hint="Come again as Retry-After says; nothing was done.",
                retry_after_s=self.retry_after_s,
            )
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        """Leave it again."""
        self.taken -= 1
