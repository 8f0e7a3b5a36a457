"""Commit packs in a dictionary."""

from typing_extensions import override

from eaa.domain.commit_pack import CommitPack
from eaa.domain.ids import CommitId, RepositoryId, RunId
from eaa.ports.commit_packs import CommitPacks


class MemoryCommitPacks(CommitPacks):
    """The packs of one transaction."""

    def __init__(self, rows: dict[tuple[RepositoryId, CommitId, str], CommitPack]) -> None:
        self._rows = rows

    @override
    async def add(self, pack: CommitPack) -> None:
        self._rows.setdefault((pack.repository_id, pack.commit, pack.run_id), pack)

    @override
    async def find(self, repository_id: RepositoryId, commit: CommitId) -> CommitPack | None:
        found = [key for key in self._rows if key[:2] == (repository_id, commit)]
        return self._rows[min(found)] if found else None

    @override
    async def of_run(self, run_id: RunId) -> tuple[CommitPack, ...]:
        made = [pack for pack in self._rows.values() if pack.run_id == run_id]
        return tuple(sorted(made, key=lambda pack: (pack.repository_id, pack.commit)))
