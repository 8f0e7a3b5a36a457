"""Talks to a container engine's command line: short questions, and the one image that sandboxes start from.

The image holds no program. It has the folders that a command expects and a few made-up files; the system's programs
are the host's own, mounted read-only, as under bubblewrap. So it is made here in a moment, without a registry, and an
interpreter that works on the host works inside.
"""

import hashlib
import io
import subprocess
import tarfile
from functools import cache
from pathlib import Path

from eaa.adapters.sandbox.layout import HOME, SOURCE, SYSTEM, made_up_files
from eaa.domain.errors import SandboxUnavailable

_TIMEOUT_S = 60
_IMAGE = "localhost/eaa-sandbox"
_FOLDERS = ("/dev", "/etc", HOME, "/proc", "/run", SOURCE, "/sys", "/tmp", "/var")  # noqa: S108 - inside the image


def ask_engine(engine: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a short command of the engine; one that does not answer in a minute has failed."""
    argv = (engine, *arguments)
    try:
        return subprocess.run(argv, input=given, capture_output=True, check=False, cwd="/", timeout=_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(argv, 1, b"", str(error).encode())


def last_line(answer: subprocess.CompletedProcess[bytes]) -> str:
    """Return what an engine said at last, which is where it says why it failed."""
    lines = answer.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"code {answer.returncode}"


def ensure_image(engine: str, *, uid: int) -> str:
    """Return the name of the image for this machine and commands of this uid; make it when the engine has none.

    Raises:
        SandboxUnavailable: The engine does not answer, or took no image.
    """
    archive = image_archive(uid)
    name = f"{_IMAGE}:{hashlib.sha256(archive).hexdigest()[:12]}"
    if ask_engine(engine, "image", "inspect", name).returncode != 0:
        answer = ask_engine(engine, "import", "-", name, given=archive)
        if answer.returncode != 0:
            raise SandboxUnavailable(because=f"`{engine} import` failed: {last_line(answer)}")
    return name


@cache
def image_archive(uid: int) -> bytes:
    """Return the image's files as a tar archive, the same bytes every time on the same machine."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path in _FOLDERS:
            _add(archive, path, kind=tarfile.DIRTYPE, mode=0o755)
        for path in SYSTEM:
            if Path(path).is_symlink():
                _add(archive, path, kind=tarfile.SYMTYPE, mode=0o777, link=str(Path(path).readlink()))
            elif Path(path).is_dir():
                _add(archive, path, kind=tarfile.DIRTYPE, mode=0o755)
        for path, text in made_up_files(uid).items():
            _add(archive, path, kind=tarfile.REGTYPE, mode=0o644, text=text.encode())
    return content.getvalue()


def _add(archive: tarfile.TarFile, path: str, *, kind: bytes, mode: int, link: str = "", text: bytes = b"") -> None:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.type, entry.mode, entry.linkname, entry.size = kind, mode, link, len(text)
    archive.addfile(entry, io.BytesIO(text))
