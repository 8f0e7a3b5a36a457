"""What an installed package leaves beside its code: metadata and console scripts, without running its build."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from eaa.adapters.toolchains.python.own_packages import OwnPackage
from eaa.kit.digest import sha256_hex


async def write_metadata(packages: Sequence[OwnPackage], *, interpreter: str, home: Path) -> Path:
    """Return a folder for the import path in which the packages look installed; their code comes from elsewhere.

    Its folder `bin` holds their console scripts.

    Args:
        packages: At least one.
        interpreter: The one that the scripts start.
        home: An existing folder of ours; what is asked for again is found there.
    """
    files = _files(packages, interpreter)
    told = "\n".join(f"{path}\n{text}" for path, text in sorted(files.items()))
    place = home / f"metadata-{sha256_hex(told.encode('utf-8', 'surrogateescape'))[:24]}"
    if not place.is_dir():
        await asyncio.to_thread(_write, files, place)
    return place


def _files(packages: Sequence[OwnPackage], interpreter: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for package in packages:
        folder = f"{package.name.replace('-', '_')}-{package.version}.dist-info"
        requires = "".join(f"Requires-Dist: {text}\n" for text in package.requires)
        files[f"{folder}/METADATA"] = (
            f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.version}\n{requires}"
        )
        files[f"{folder}/INSTALLER"] = "eaa\n"
        groups = [f"[{group}]\n" + "\n".join(lines) + "\n" for group, lines in package.entry_points]
        files[f"{folder}/entry_points.txt"] = "\n".join(groups)
        for line in dict(package.entry_points).get("console_scripts", ()):
            name, _, target = (part.strip() for part in line.partition("="))
            module, _, called = target.partition("[")[0].strip().partition(":")
            if called:
                start = f"from importlib import import_module\nimport sys\nmain = import_module({module!r})\n"
                steps = "".join(f"main = main.{part}\n" for part in called.split("."))
                files[f"bin/{name}"] = f"#!{interpreter}\n{start}{steps}sys.exit(main())\n"
    return files


def _write(files: dict[str, str], place: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="building-", dir=place.parent))
    try:
        # Whoever runs in the sandbox is somebody else than we are.
        folder.chmod(0o755)
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(mode=0o755, exist_ok=True)
            file.parent.chmod(0o755)
            file.write_text(text, encoding="utf-8", errors="surrogateescape")
            file.chmod(0o755 if path.startswith("bin/") else 0o644)
        folder.rename(place)
    except OSError:
        # Somebody else was faster; what they wrote is the same.
        if not place.is_dir():
            raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
