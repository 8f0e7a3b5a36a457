"""Signs of life for whoever keeps this process running: systemd, or the supervisor of `eaa up --processes`."""

import asyncio
import os
import socket
from contextlib import suppress

_SIGNS_A_PATIENCE = 4
_AGAIN_S = 0.5
"""After a sign for which there was no room."""


def give_signs_of_life() -> None:
    """Tell whoever asks for it, again and again, that the loop of this process turns.

    systemd names its socket in NOTIFY_SOCKET; our supervisor leaves one open whose number is in EAA_WATCHDOG_FD. Both
    name their patience in WATCHDOG_USEC, in microseconds. Without them nothing is told. Source: systemd, sd_notify(3),
    sd_watchdog_enabled(3).
    """
    # Not for the processes that this one starts.
    names = ("EAA_WATCHDOG_FD", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
    inherited, address, patience, asked = (os.environ.pop(name, "") for name in names)
    if not patience.isdigit() or asked not in ("", str(os.getpid())):
        return
    with suppress(OSError):
        manager = _manager(inherited, address)
        if manager is not None:
            _tell(manager, int(patience) / 1_000_000 / _SIGNS_A_PATIENCE)


def _manager(inherited: str, address: str) -> socket.socket | None:
    """Return a socket at whose other end somebody waits for signs.

    Raises:
        OSError: Nobody is there.
    """
    if inherited.isdigit():
        manager = socket.socket(fileno=int(inherited))
        manager.set_inheritable(False)
    elif address:
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            # An address that begins with @ is in the abstract namespace.
            manager.connect("\0" + address[1:] if address.startswith("@") else address)
        except OSError:
            manager.close()
            raise
    else:
        return None
    manager.setblocking(False)
    return manager


def _tell(manager: socket.socket, pause_s: float) -> None:
    loop = asyncio.get_running_loop()

    def sign() -> None:
        again_s = pause_s
        try:
            manager.send(b"WATCHDOG=1")
        except BlockingIOError:
            again_s = min(pause_s, _AGAIN_S)
        except OSError:
            # A manager that is gone is nothing to stop for.
            pass
        loop.call_later(again_s, sign)

    sign()
