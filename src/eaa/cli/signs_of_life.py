"""Signs of life for whoever keeps this process running: systemd, or the supervisor of `eaa up --processes`."""

import asyncio
import os
import socket
from contextlib import suppress

_SIGNS_A_PATIENCE = 4


def give_signs_of_life() -> None:
    """Tell a manager of services that asks for it that the loop of this process turns, as long as it does.

    It names its socket in NOTIFY_SOCKET and its patience in WATCHDOG_USEC, in microseconds; without them nothing is
    told. Source: systemd, sd_notify(3), sd_watchdog_enabled(3).
    """
    # Not for the processes that this one starts.
    address, patience = os.environ.pop("NOTIFY_SOCKET", ""), os.environ.pop("WATCHDOG_USEC", "")
    asked = os.environ.pop("WATCHDOG_PID", str(os.getpid()))
    if not address or not patience.isdigit() or asked != str(os.getpid()):
        return
    # An address that begins with @ is in the abstract namespace.
    manager = "\0" + address[1:] if address.startswith("@") else address
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    sender.setblocking(False)
    pause_s = int(patience) / 1_000_000 / _SIGNS_A_PATIENCE
    loop = asyncio.get_running_loop()

    def sign() -> None:
        # A manager that is gone or does not listen is nothing to stop for.
        with suppress(OSError):
            sender.sendto(b"WATCHDOG=1", manager)
        loop.call_later(pause_s, sign)

    sign()
