"""Attacks that use up what the host has: memory, processes, disk, processor time, output."""

from dataclasses import replace

from eaa.domain.command import MEBIBYTE, CommandEnd
from tests.attacks.attack import SMALL, Attack, Outcome


def _last_number(outcome: Outcome) -> int:
    numbers = [int(word) for word in outcome.result.stdout.text().split() if word.isdigit()]
    return numbers[-1] if numbers else 0


def _workspace_mebibytes(outcome: Outcome) -> int:
    return sum(path.stat().st_blocks * 512 for path in outcome.root.iterdir()) // MEBIBYTE


ATTACKS = (
    Attack(
        "a fork bomb",
        "f() { f @MARK@ | f @MARK@ & }; f; sleep 3; echo lived",
        lambda outcome: outcome.host.survivors() == 0,
        language="shell",
    ),
    Attack(
        "a memory bomb",
        """
        blocks = []
        while True:
            blocks.append(bytearray(16 << 20))
            print(len(blocks) * 16, flush=True)
        """,
        lambda outcome: not outcome.result.is_success and _last_number(outcome) <= 256,
        proof="16",
    ),
    Attack(
        "memory taken by many processes, each of them modest",
        """
        import os, time
        for _ in range(16):
            if os.fork() == 0:
                block = bytearray(64 << 20)
                for index in range(0, len(block), 4096):
                    block[index] = 1
                print("touched", flush=True)
                time.sleep(2)
                os._exit(0)
        time.sleep(2.5)
        """,
        lambda outcome: outcome.result.peak_memory_bytes is None or outcome.result.peak_memory_bytes <= 257 * MEBIBYTE,
    ),
    Attack(
        "memory taken through every folder that lies in memory",
        """
        total = 0
        for folder in ("/tmp", "/dev/shm", "/home/agent", "/run", "/dev", "/etc", "/"):
            written = 0
            try:
                for number in range(64):
                    with open(f"{folder}/z{number}", "wb") as file:
                        for _ in range(16):
                            file.write(b"x" * (1 << 20))
                            file.flush()
                            written += 1
            except OSError:
                pass
            total += written
            print(folder, written)
        print(total)
        """,
        lambda outcome: not outcome.result.is_success or _last_number(outcome) <= 200,
    ),
    Attack(
        "one file that fills the disk",
        """
        print("started", flush=True)
        file = open("big", "wb")
        while True:
            file.write(b"x" * (1 << 20))
        """,
        lambda outcome: not outcome.result.is_success and _workspace_mebibytes(outcome) <= 33,
        proof="started",
    ),
    Attack(
        "many files that fill the disk",
        """
        number = 0
        while True:
            open(f"f{number}", "wb").write(b"x" * (8 << 20))
            number += 1
        """,
        lambda outcome: outcome.result.end is CommandEnd.DISK_EXCEEDED,
    ),
    Attack(
        "a deep tree of tiny files",
        """
        import os
        number = 0
        while True:
            os.makedirs(f"d{number % 50}/{number % 1000}", exist_ok=True)
            open(f"d{number % 50}/{number % 1000}/i{number}", "wb").write(b"x" * 4096)
            number += 1
        """,
        lambda outcome: outcome.result.end is CommandEnd.DISK_EXCEEDED,
        limits=replace(SMALL, wall_s=60, disk_bytes=16 * MEBIBYTE),
    ),
    Attack(
        "output without end",
        "yes AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        lambda outcome: (
            outcome.result.end is CommandEnd.OUTPUT_EXCEEDED
            and len(outcome.result.stdout.head) + len(outcome.result.stdout.tail) <= SMALL.output_bytes
        ),
        language="shell",
    ),
    Attack(
        "four busy processes",
        "for k in 1 2 3 4; do (while :; do :; done) & done; echo busy; wait",
        lambda outcome: outcome.result.end is not CommandEnd.EXITED,
        language="shell",
        limits=replace(SMALL, wall_s=2, cpu_s=1),
        proof="busy",
    ),
)
