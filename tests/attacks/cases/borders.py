"""Attacks on what lies between the two sides: descriptors, limits that could be raised, what the host must clean up."""

from dataclasses import replace

from eaa.domain.command import CommandEnd
from tests.attacks.attack import SMALL, Attack, Outcome


def _nothing_was_won(outcome: Outcome) -> bool:
    return "WON" not in outcome.printed


ATTACKS = (
    Attack(
        "opening the descriptors of the sandbox's own processes",
        """
        import os
        tried = 0
        for process in ("self", "1", str(os.getppid())):
            # It runs as we do, so its memory is open to us: then it must hold no right that we lack.
            facts = dict(line.split(":", 1) for line in open(f"/proc/{process}/status").read().splitlines())
            rights = [facts[name].strip() for name in ("Seccomp", "NoNewPrivs", "CapEff", "CapPrm")]
            print("confined" if rights == ["2", "1", "0" * 16, "0" * 16] else f"WON {rights}", process)
            try:
                print("WON" if open(f"/proc/{process}/root/@SECRET_FILE@").read() else "empty")
            except OSError as error:
                print(process, error.strerror)
            try:
                names = os.listdir(f"/proc/{process}/fd")
            except OSError:
                continue
            for name in names:
                tried += 1
                try:
                    target = os.readlink(f"/proc/{process}/fd/{name}")
                    descriptor = os.open(f"/proc/{process}/fd/{name}", os.O_WRONLY)
                    if target.startswith(("/memfd", "/")) and "/dev/" not in target and os.write(descriptor, b"x"):
                        print("WON", process, name, target)
                except OSError as error:
                    print(process, name, error.strerror)
        print("tried", tried)
        """,
        _nothing_was_won,
        proof="tried",
    ),
    Attack(
        "pretending to the supervisor that the command has ended well",
        """
        import os, signal
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2:
                try:
                    os.write(int(name), b'{"exit-code": 0}\\n')
                except OSError:
                    pass
        for process in ("1", str(os.getppid())):
            try:
                for name in os.listdir(f"/proc/{process}/fd"):
                    os.write(os.open(f"/proc/{process}/fd/{name}", os.O_WRONLY), b'{"exit-code": 0}\\n')
            except OSError as error:
                print(error.strerror)
        print("sent", flush=True)
        os._exit(9)
        """,
        lambda outcome: outcome.result.exit_code == 9,
        proof="sent",
    ),
    Attack(
        "stopping and killing the first process inside",
        """
        (setsid bash -c 'exec -a @MARK@ sleep 300' &)
        for signal in STOP TSTP KILL SEGV TERM; do kill -$signal 1; done
        kill -STOP $PPID; kill -KILL $PPID; echo sent
        """,
        lambda outcome: outcome.host.survivors() == 0,
        language="shell",
        proof="sent",
    ),
    Attack(
        "raising limits, priority and processor rights",
        """
        import ctypes, os, resource
        for name in ("AS", "NPROC", "CORE", "FSIZE", "NOFILE", "CPU", "MEMLOCK"):
            number = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(number)[1]
            if hard == resource.RLIM_INFINITY:
                continue
            try:
                resource.setrlimit(number, (hard + 1, hard + 1))
                print("WON", name)
            except (ValueError, OSError):
                print("refused", name)
        attempts = {
            "nice": lambda: os.nice(-5),
            "real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10)),
            "priority": lambda: os.setpriority(os.PRIO_PROCESS, 1, -10),
            "uid": lambda: os.setuid(0),
            "groups": lambda: os.setgroups([0]),
        }
        for name, attempt in attempts.items():
            try:
                attempt()
                print("WON", name)
            except OSError:
                print("refused", name)
        """,
        _nothing_was_won,
        proof="refused CORE",
    ),
    Attack(
        "a core dump into the workspace",
        """
        import os, resource
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (ValueError, OSError):
            print("refused", flush=True)
        os.abort()
        """,
        lambda outcome: outcome.result.end is CommandEnd.KILLED and not list(outcome.root.iterdir()),
        proof="refused",
    ),
    Attack(
        "a set-uid program in memory",
        """
        import os
        descriptor = os.memfd_create("program", 0)
        os.write(descriptor, open("/usr/bin/id", "rb").read())
        try:
            os.fchmod(descriptor, 0o4755)
            print("WON")
        except OSError as error:
            print(error.strerror)
        if os.fork() == 0:
            os.execve(descriptor, ["id", "-u"], {})
        os.wait()
        """,
        lambda outcome: _nothing_was_won(outcome) and "1000" in outcome.printed.split(),
        proof="not permitted",
    ),
    Attack(
        "a huge file with nothing in it",
        """
        import os, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        for size in (1 << 26, 1 << 43):
            try:
                os.truncate(os.open("sparse", os.O_CREAT | os.O_RDWR), size)
                print("WON", size)
            except (OSError, TypeError):
                print("refused")
            try:
                os.pwrite(os.open("sparse", os.O_CREAT | os.O_RDWR), b"x", size)
                print("WON", size)
            except OSError:
                print("refused")
        """,
        lambda outcome: (
            _nothing_was_won(outcome)
            and all(path.stat().st_size <= SMALL.file_bytes for path in outcome.root.iterdir())
        ),
        proof="refused",
    ),
    Attack(
        "errors without end",
        "yes AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA >&2",
        lambda outcome: (
            outcome.result.end is CommandEnd.OUTPUT_EXCEEDED
            and len(outcome.result.stderr.head) + len(outcome.result.stderr.tail) <= SMALL.output_bytes
        ),
        language="shell",
    ),
    Attack(
        "the kernel's memory, used up by empty files",
        """
        import os
        made = 0
        for folder in ("/tmp", "/dev/shm", "/home/agent", "/run"):
            try:
                while True:
                    os.mknod(f"{folder}/{made}")
                    made += 1
                    if made % 20000 == 0:
                        print(made, flush=True)
            except OSError as error:
                print(folder, error.strerror, flush=True)
        print("WON", made)
        """,
        lambda outcome: _nothing_was_won(outcome) and outcome.result.end is CommandEnd.OUT_OF_MEMORY,
        limits=replace(SMALL, wall_s=60),
    ),
    Attack(
        "more processes than allowed, one by one",
        """
        import os, time
        made = 0
        try:
            for _ in range(200):
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                made += 1
        except OSError:
            print("refused")
        print(made)
        """,
        lambda outcome: int(outcome.result.stdout.text().split()[-1]) <= SMALL.processes,
        proof="refused",
    ),
    Attack(
        "the clock, and time of one's own",
        """
        import ctypes, os, time
        libc = ctypes.CDLL(None, use_errno=True)
        for name, result in (
            ("set", libc.clock_settime(0, (ctypes.c_long * 2)(0, 0))),
            ("unshare", libc.unshare(0x80)),
            ("adjust", libc.adjtimex((ctypes.c_long * 64)(1))),
        ):
            print("WON" if result >= 0 else "refused", name)
        try:
            with open("/proc/self/timens_offsets", "w") as file:
                file.write("monotonic 864000 0")
            print("WON offsets")
        except OSError as error:
            print("refused offsets")
        """,
        _nothing_was_won,
        proof="refused offsets",
    ),
    Attack(
        "a tree too deep to be walked or removed",
        """
        import os
        for _ in range(2500):
            os.mkdir("deep-folder")
            os.chdir("deep-folder")
        open("bottom", "w").write("x")
        print("made")
        """,
        lambda outcome: True,
        in_repository=True,
        proof="made",
    ),
    Attack(
        "folders that nobody may enter or remove",
        """
        mkdir -p locked/inner/more; echo x > locked/inner/more/file
        chmod 000 locked/inner/more locked/inner locked; chmod 500 .; echo made
        """,
        lambda outcome: True,
        language="shell",
        in_repository=True,
        proof="made",
    ),
)
