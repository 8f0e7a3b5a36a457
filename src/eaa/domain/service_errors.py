"""How asking a service can fail, beside what the service itself says."""

from eaa.domain.errors import EaaError, InvalidRequest


class ServiceEnds(EaaError):
    """The process that was asked is about to end; another one of its kind takes the same call."""

    code = "service.ends"

    def __init__(self) -> None:
        super().__init__("this process is about to end", hint="Ask again with the same key: another one answers.")


class ServiceUnknown(EaaError):
    """No service of this process has the name that a health check asks for."""

    code = "service.unknown"

    def __init__(self, service: str) -> None:
        super().__init__(f"no service is called {service!r} here", hint="Leave the name out to ask for the process.")
        self.service = service


class KeyTaken(InvalidRequest):
    """An idempotency key stands for something else already."""

    code = "request.key_taken"

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key!r} was used for another request", hint="Send a new key with a new request.")
        self.key = key


class ServiceUnreachable(EaaError):
    """Nobody answers at a service's address, also after asking several times."""

    code = "service.unreachable"

    def __init__(self, address: str, *, because: str) -> None:
        super().__init__(f"{address} does not answer: {because}", hint="Start the service, or correct its address.")
        self.address = address


class ServerRefused(InvalidRequest):
    """A server did not do what was asked, and says why in its own words."""

    code = "server.refused"

    def __init__(self, message: str, *, hint: str, said: str) -> None:
        super().__init__(message, hint=hint or "`eaa --server … task list` shows what is there.")
        self.said = said
        """The code of its error; empty when it has none."""


class ServerFault(EaaError):
    """A server could not do what was asked."""

    code = "server.fault"

    def __init__(self, message: str, *, hint: str, said: str) -> None:
        super().__init__(message, hint=hint or "Its log says more; try again later.")
        self.said = said
        """The code of its error; empty when it has none."""


class ServerBusy(ServerFault):
    """A server, or the proxy before it, does nothing for us at the moment; the same can be asked again."""

    code = "server.busy"

    def __init__(self, message: str, *, hint: str, said: str, retry_after_s: float | None) -> None:
        super().__init__(message, hint=hint or "Try again a little later.", said=said)
        self.retry_after_s = retry_after_s
        """How long it wants to be left alone, as it says itself; None when it does not say."""


class NotAServer(EaaError):
    """Somebody answers at an address, and not as a server of ours does."""

    code = "server.not_ours"

    def __init__(self, address: str, *, because: str) -> None:
        super().__init__(
            f"{address} does not answer as a server of eaa does: {because}",
            hint="Let EAA_SERVER or `--server` be the address that `eaa up` or `eaa serve gateway` printed there.",
        )
        self.address = address
        self.because = because


class ServiceTimeout(EaaError):
    """The deadline passed. What was asked for may go on there."""

    code = "service.timeout"

    def __init__(self, address: str, *, limit_s: float) -> None:
        super().__init__(
            f"{address} has not ended the call within {limit_s:g} s",
            hint="Ask again with the same key: what was begun is found, not begun anew.",
        )
        self.address = address
        self.limit_s = limit_s


class ServiceFault(EaaError):
    """A service answered with a fault that is none of ours to explain."""

    code = "service.fault"
