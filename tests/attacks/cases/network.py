"""Attacks that want to talk to anyone."""

from tests.attacks.attack import Attack

ATTACKS = (
    Attack(
        "a listener on the host's loopback",
        """
        import socket
        print("trying", flush=True)
        socket.create_connection(("127.0.0.1", @PORT@), 2)
        print("CONNECTED")
        """,
        lambda outcome: "CONNECTED" not in outcome.printed,
        proof="trying",
    ),
    Attack(
        "an abstract Unix socket of the host",
        r"""
        import socket
        print("trying", flush=True)
        socket.socket(socket.AF_UNIX).connect("\0@MARK@")
        print("CONNECTED")
        """,
        lambda outcome: "CONNECTED" not in outcome.printed,
        proof="trying",
    ),
    Attack(
        "the outside: TCP, names, raw and packet sockets",
        """
        import socket
        for family, kind, protocol in ((2, 3, 1), (17, 3, 768), (2, 1, 0), (10, 1, 0)):
            try:
                one = socket.socket(family, kind, protocol)
                one.settimeout(1)
                one.connect(("198.51.100.1", 80) if family == 2 else ("2001:db8::1", 80))
                print("CONNECTED", family)
            except (OSError, TypeError) as error:
                print(type(error).__name__)
        try:
            socket.getaddrinfo("example.org", 80)
            print("CONNECTED name")
        except OSError as error:
            print(type(error).__name__)
        """,
        lambda outcome: "CONNECTED" not in outcome.printed,
        proof="Error",
    ),
    Attack(
        "the host of a virtual machine, and the kernel's own sockets",
        """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        for family in (40, 38, 15, 29, 31, 44):
            print("OPENED" if libc.socket(family, 1, 0) >= 0 else "refused", family)
        """,
        lambda outcome: "OPENED" not in outcome.printed,
        proof="refused 40",
    ),
)
