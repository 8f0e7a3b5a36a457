"""Which hosts are this machine itself, so that nothing said to them crosses a network."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Say whether a host's name or address is the loopback interface."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
