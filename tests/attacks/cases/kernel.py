"""Attacks on the kernel's interfaces. Files of the host are only ever opened, never written."""

from eaa.domain.command import CommandEnd
from tests.attacks.attack import Attack, Outcome


def _has_no_set_id(outcome: Outcome) -> bool:
    return not any(path.lstat().st_mode & 0o6000 for path in outcome.root.rglob("*") if not path.is_dir())


ATTACKS = (
    Attack(
        "opening kernel settings for writing",
        """
        import os
        paths = ["/proc/sysrq-trigger", "/proc/kcore", "/dev/mem", "/dev/kmsg", "/sys/power/state"]
        for folder, _, files in os.walk("/proc/sys"):
            paths += [f"{folder}/{name}" for name in files]
        opened = []
        for path in paths:
            try:
                os.close(os.open(path, os.O_WRONLY))
                opened.append(path)
            except OSError:
                pass
        print("tried", len(paths), "OPENED", len(opened), opened[:4])
        """,
        # A masked file is /dev/null: opening it says nothing. Those are the two below /proc that exist.
        lambda outcome: "/proc/sys/" not in outcome.printed and "/dev/" not in outcome.printed,
        proof="tried",
    ),
    Attack(
        "making device files",
        """
        import os
        for mode in (0o60600, 0o20600):
            try:
                os.mknod(f"d{mode}", mode, os.makedev(254, 0))
                print("MADE")
            except OSError as error:
                print(error.strerror)
        """,
        lambda outcome: "MADE" not in outcome.printed and not list(outcome.root.iterdir()),
    ),
    Attack(
        "leaving a set-uid program for the host",
        """
        cp /usr/bin/id s1; chmod u+s s1; install -m 4755 /usr/bin/id s2
        /python/bin/python3 - <<'CODE'
        import os
        for number, make in enumerate((
            lambda: os.close(os.open("s3", os.O_CREAT | os.O_WRONLY, 0o4755)),
            lambda: os.close(os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o4755)),
            lambda: os.mknod("s4", 0o104755),
            lambda: os.chmod("s1", 0o6755),
        )):
            try:
                make()
                print("MADE", number)
            except OSError as error:
                print(error.strerror)
        CODE
        echo tried
        """,
        lambda outcome: _has_no_set_id(outcome) and "MADE" not in outcome.printed,
        language="shell",
        proof="tried",
    ),
    Attack(
        "using the system's set-uid programs",
        "su -c id root; mount -t tmpfs t /mnt && echo MOUNTED; umount /src && echo MOUNTED; id -u",
        lambda outcome: "uid=0" not in outcome.printed and "MOUNTED" not in outcome.printed,
        language="shell",
    ),
    Attack(
        "ptrace, namespaces, mounts, bpf, keys, io_uring",
        """
        import ctypes, os, platform
        numbers = {"x86_64": 0, "aarch64": 1}[platform.machine()]
        calls = {
            "ptrace": (101, 117, 16, 1), "unshare": (272, 97, 0x10000000), "mount": (165, 40, 0, 0, 0, 0, 0),
            "bpf": (321, 280, 0, 0, 0), "keyctl": (250, 219, 0, -3, 0), "io_uring": (425, 425, 1, 0),
            "userfaultfd": (323, 282, 0), "perf": (298, 241, 0, 0, 0, 0, 0), "setns": (308, 268, 0, 0),
            "pivot_root": (155, 41, 0, 0), "clone3": (435, 435, 0, 0), "open_tree": (428, 428, -100, 0, 1),
        }
        libc = ctypes.CDLL(None, use_errno=True)
        for name, call in calls.items():
            result = libc.syscall(call[numbers], *call[2:])
            print("ALLOWED" if result >= 0 else os.strerror(ctypes.get_errno()), name)
        """,
        lambda outcome: (
            "ALLOWED" not in outcome.printed
            and outcome.printed.count("not permitted") + outcome.printed.count("not implemented") == 12
        ),
    ),
    Attack(
        "a new user namespace through clone",
        """
        import ctypes, os, platform
        libc = ctypes.CDLL(None, use_errno=True)
        number = 56 if platform.machine() == "x86_64" else 220
        child = libc.syscall(number, 0x10000000 | 17, 0, 0, 0, 0)
        if child == 0:
            os._exit(0)
        print("ALLOWED" if child > 0 else os.strerror(ctypes.get_errno()))
        """,
        lambda outcome: "ALLOWED" not in outcome.printed,
        proof="not permitted",
    ),
    Attack(
        "system calls of another architecture",
        """
        import ctypes
        print("before", flush=True)
        ctypes.CDLL(None, use_errno=True).syscall(0x40000000 + 39)
        print("AFTER")
        """,
        lambda outcome: "AFTER" not in outcome.printed or outcome.result.end is not CommandEnd.EXITED,
        proof="before",
    ),
    Attack(
        "writing to the system's folders",
        """
        for d in /usr/bin /usr/lib /etc /bin /home /var /opt / /dev /proc /python /src/../etc; do
            (echo x > $d/pwn) 2>/dev/null && echo WROTE $d
        done
        echo tried
        """,
        lambda outcome: "WROTE" not in outcome.printed,
        language="shell",
        proof="tried",
    ),
)
