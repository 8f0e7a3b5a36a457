"""Attacks that look for what the host knows: variables, files, other people's sockets."""

from tests.attacks.attack import Attack, Outcome


def _secret_is_kept(outcome: Outcome) -> bool:
    return outcome.host.secret not in outcome.printed


ATTACKS = (
    Attack(
        "the host's environment, its own and every process's",
        "env; cat /proc/[0-9]*/environ | tr '\\0' '\\n'; cat /proc/[0-9]*/cmdline | tr '\\0' ' '; echo looked",
        lambda outcome: _secret_is_kept(outcome) and "runner" not in outcome.printed,
        language="shell",
        proof="looked",
    ),
    Attack(
        "the host's files",
        """
        cat @SECRET_FILE@ /etc/shadow /etc/passwd /root/.bashrc
        ls -A /root /home /var /opt /mnt /srv /boot /sys
        ls /run/docker.sock /var/run/docker.sock
        find / -xdev -name '*.sock' 2>/dev/null
        cat /proc/1/root/etc/shadow /proc/self/cwd/../etc/shadow
        echo looked
        """,
        lambda outcome: _secret_is_kept(outcome) and "root:" not in outcome.printed,
        language="shell",
        proof="looked",
    ),
    Attack(
        "a link out of the workspace, for a tool outside to follow",
        "import os; os.symlink('@SECRET_FILE@', 'out.txt'); os.symlink('/', 'slash'); print('linked')",
        lambda outcome: not outcome.host.is_pwned(),
        in_repository=True,
        proof="linked",
    ),
    Attack(
        "a hard link to a file of the system",
        """
        import os
        for path in ("/usr/bin/env", "/etc/ld.so.cache", "/python/bin/python3"):
            try:
                os.link(path, "linked")
                print("LINKED")
            except OSError as error:
                print(error.strerror)
        """,
        lambda outcome: "LINKED" not in outcome.printed and not (outcome.root / "linked").exists(),
    ),
    Attack(
        "the host's tasks through /proc/sys and shared memory",
        "cat /proc/kcore /proc/keys /proc/sched_debug /proc/timer_list | head -c 100 | wc -c; ls -A /dev/shm | wc -l",
        lambda outcome: outcome.result.stdout.text().split() == ["0", "0"],
        language="shell",
    ),
)
