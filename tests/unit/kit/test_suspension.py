"""Ctrl-Z that waits for writes, in a process of its own."""

import os
import signal
import subprocess
import sys

import pytest

_WRITES = """
import os, signal, sys
from eaa.kit.suspension import obey_between_writes, unsuspended
obey_between_writes()
with unsuspended(), unsuspended():
    for _ in range(int(sys.argv[1])):
        os.kill(os.getpid(), signal.SIGTSTP)
    print("wrote", flush=True)
print("went on", flush=True)
"""


@pytest.mark.parametrize(("pressed", "said_before"), [(1, ["wrote\n"]), (2, [])])
def test_ctrl_z_waits_for_the_end_of_a_write_and_a_second_one_does_not(pressed: int, said_before: list[str]) -> None:
    process = subprocess.Popen(
        ["env", "--default-signal=TSTP", sys.executable, "-c", _WRITES, str(pressed)], stdout=subprocess.PIPE, text=True
    )
    try:
        found = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert found is not None
        assert (found.si_code, found.si_status) == (os.CLD_STOPPED, signal.SIGSTOP)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        said = process.stdout.readlines()
        os.set_blocking(process.stdout.fileno(), True)
        process.send_signal(signal.SIGCONT)
        rest, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()

    assert said == said_before
    assert (process.returncode, "".join([*said, rest])) == (0, "wrote\nwent on\n")
