"""What a change does to the public interface, and which symbols it adds."""

from collections.abc import Sequence

from eaa.domain.language import Symbol
from eaa.domain.repository import FileChange
from eaa.engine.evidence.change import ChangedFile
from eaa.ports.language import Language


def interface_changes(language: Language, files: Sequence[ChangedFile]) -> tuple[str, ...]:
    """Return the public signatures removed (`- path: …`) and added (`+ path: …`) by a change, file by file."""
    lines: list[str] = []
    for file in files:
        if file.is_product:
            before = set(language.interface(file.path, file.before or b""))
            after = set(language.interface(file.path, file.after or b""))
            lines += [f"- {file.path}: {signature}" for signature in sorted(before - after)]
            lines += [f"+ {file.path}: {signature}" for signature in sorted(after - before)]
    return tuple(lines)


def new_symbols(language: Language, file: ChangedFile) -> tuple[Symbol, ...]:
    """Return the public symbols of a file that the base does not have, or has with another signature."""
    if not file.is_product or file.after is None:
        return ()
    before = {(symbol.qualified_name, symbol.signature) for symbol in language.symbols(file.path, file.before or b"")}
    return tuple(
        symbol
        for symbol in language.symbols(file.path, file.after)
        if symbol.is_public and (symbol.qualified_name, symbol.signature) not in before
    )


def stub_overlay(language: Language, files: Sequence[ChangedFile]) -> tuple[FileChange, ...]:
    """Return the changed files with every new public symbol doing nothing; empty when there is none to stub."""
    overlay: list[FileChange] = []
    for file in files:
        names = [symbol.qualified_name for symbol in new_symbols(language, file)]
        if names and file.after is not None:
            stubbed = language.stub(file.path, file.after, names)
            if stubbed != file.after:
                overlay.append(FileChange(path=file.path, content=stubbed, mode=file.mode))
    return tuple(overlay)
