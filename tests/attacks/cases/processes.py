"""Attacks that try to live longer than their command, or to reach processes outside."""

import os
from dataclasses import replace

from eaa.domain.command import CommandEnd
from tests.attacks.attack import SMALL, Attack, Outcome


def _victim_lives(outcome: Outcome) -> bool:
    os.kill(outcome.host.victim_pid, 0)
    return True


def _nothing_lives(outcome: Outcome) -> bool:
    return outcome.host.survivors() == 0


ATTACKS = (
    Attack(
        "a command that ignores every polite signal",
        "trap '' TERM INT HUP; echo armed; while :; do sleep 1; done",
        lambda outcome: outcome.result.end is CommandEnd.TIMED_OUT,
        language="shell",
        limits=replace(SMALL, wall_s=1.5),
        proof="armed",
    ),
    Attack(
        "a daemon that leaves its session",
        "(setsid nohup bash -c 'exec -a @MARK@ sleep 300' >/dev/null 2>&1 &) ; sleep 0.3; echo parent ends",
        _nothing_lives,
        language="shell",
        proof="parent ends",
    ),
    Attack(
        "a daemon that holds the output open",
        "(setsid bash -c 'exec -a @MARK@ sleep 300' &) ; echo hi",
        lambda outcome: outcome.result.is_success and _nothing_lives(outcome),
        language="shell",
        proof="hi",
    ),
    Attack(
        "killing processes outside",
        "kill -9 @VICTIM@ @RUNNER@; kill -9 -1; echo after",
        _victim_lives,
        language="shell",
    ),
    Attack(
        "typing into the person's terminal",
        """
        import fcntl, os
        for path in ("/dev/tty", "/dev/console", "/proc/self/fd/0", "/proc/self/fd/1"):
            try:
                fcntl.ioctl(os.open(path, os.O_RDWR), 0x5412, b"x")
                print("INJECTED")
            except OSError as error:
                print(error.strerror)
        """,
        lambda outcome: "INJECTED" not in outcome.printed,
    ),
    Attack(
        "inherited file descriptors",
        """
        import os
        print("open:", len(os.listdir("/proc/self/fd")))
        for name in os.listdir("/proc/self/fd"):
            try:
                print(os.readlink(f"/proc/self/fd/{name}"))
            except OSError:
                pass
        """,
        lambda outcome: int(outcome.printed.split()[1]) <= 4 and "@FOLDER@" not in outcome.printed,
        proof="open:",
    ),
)
