"""A package as small as can be, to install without a registry."""

import io
import zipfile

TINY_WHEEL = "tiny-1.0-py3-none-any.whl"
TINY_REQUIREMENT = f"tiny @ file:///src/{TINY_WHEEL}\n"
"""Put the wheel into the top of the repository."""


def tiny_wheel() -> bytes:
    """Return the wheel of `tiny` 1.0, which has one empty module."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr("tiny-1.0.dist-info/WHEEL", wheel)
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return content.getvalue()
