"""Prompt files in folders: the installation's own first, then those that come with eaa."""

from collections.abc import Sequence
from pathlib import Path

from typing_extensions import override

from eaa.domain.model_errors import PromptInvalid
from eaa.ports.prompts import PromptFile, PromptFiles

SHIPPED = "shipped"
_ENDING = ".md"
_MOST_BYTES = 1024 * 1024


class FolderPrompts(PromptFiles):
    """Reads a file anew each time, so that a change counts at once."""

    def __init__(self, *, own: Path, shipped: Sequence[Path]) -> None:
        """Take the folder of this installation, which need not exist, and the folders of the package."""
        self._own = own
        self._shipped = tuple(shipped)

    @override
    def names(self) -> tuple[str, ...]:
        folders = (self._own, *self._shipped)
        return tuple(sorted({name for folder in folders for name in _names_below(folder)}))

    @override
    def read(self, name: str) -> PromptFile | None:
        if not _is_plain(name):
            return None
        for folder in (self._own, *self._shipped):
            path = folder / f"{name}{_ENDING}"
            try:
                with path.open("rb") as file:
                    content = file.read(_MOST_BYTES)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise PromptInvalid(f"prompt {path} cannot be read: {error.strerror}") from error
            return PromptFile(name, content, str(path) if folder == self._own else SHIPPED)
        return None


def _names_below(folder: Path) -> list[str]:
    return [str(path.relative_to(folder).with_suffix("")) for path in folder.rglob(f"*{_ENDING}")]


def _is_plain(name: str) -> bool:
    """Return whether a name stays below its folder."""
    parts = name.split("/")
    return all(part and not part.startswith(".") for part in parts)
