"""Puts the pip that comes with an interpreter into its new environment, by unpacking it.

`python -m venv` runs pip to install pip, which takes ten times as long. Exits with 1 where there is none to unpack.
"""

from __future__ import annotations

import ensurepip
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import List

_START = '#!/bin/sh\nexec "%s" -m pip "$@"\n'


def main() -> None:
    """Unpack, and write the command `pip`."""
    wheels = _wheels()
    if not any(wheel.name.startswith("pip-") for wheel in wheels):
        sys.exit(1)
    for wheel in wheels:
        with zipfile.ZipFile(str(wheel)) as archive:
            archive.extractall(sysconfig.get_paths()["purelib"])
    for name in ("pip", "pip3"):
        command = Path(sysconfig.get_paths()["scripts"], name)
        command.write_text(_START % sys.executable)
        command.chmod(0o755)


def _wheels() -> List[Path]:
    """Return the wheels of this Python, or those that its distribution keeps elsewhere."""
    elsewhere = getattr(ensurepip, "_WHEEL_PKG_DIR", None) or sysconfig.get_config_var("WHEEL_PKG_DIR")
    folders = [Path(elsewhere)] if elsewhere else []
    folders.append(Path(ensurepip.__file__).with_name("_bundled"))
    wanted = ("pip-*.whl", "setuptools-*.whl") if sys.version_info < (3, 12) else ("pip-*.whl",)
    for folder in folders:
        found = [wheel for pattern in wanted for wheel in sorted(folder.glob(pattern))[-1:]]
        if found:
            return found
    return []


if __name__ == "__main__":
    main()
