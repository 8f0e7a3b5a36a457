"""What a caller's certificate says of who it is.

Source: gRPC, `grpc.ServicerContext.auth_context`; the SPIFFE ID specification, for names of services in certificates.
"""

from collections.abc import Iterable, Mapping

from eaa.domain.service_token import CertificateMismatch, ServiceToken

_NAMES = "x509_subject_alternative_name"
_SCHEME, _PLACE = "spiffe://", "/eaa/"


def check_certificate(token: ServiceToken, said: Mapping[str, Iterable[bytes]]) -> None:
    """Refuse a token of another service than the caller's certificate names.

    A certificate names services by URIs `spiffe://<trust domain>/eaa/<service>`, where a service is a slot
    (`dispatcher-0`) or the slots of one kind (`dispatcher`, `role-sd`). One that names none proves that its owner
    belongs to the installation, and nothing more.

    Raises:
        CertificateMismatch: It names others.
    """
    names = services_in(said)
    if names and not any(token.issuer == name or token.issuer.startswith(f"{name}-") for name in names):
        raise CertificateMismatch(issuer=token.issuer, names=names, organisation_id=token.organisation_id)


def services_in(said: Mapping[str, Iterable[bytes]]) -> tuple[str, ...]:
    """Return the services that a certificate names, sorted."""
    found = set()
    for name in said.get(_NAMES, ()):
        uri = name.decode(errors="replace")
        _, place, service = uri.removeprefix(_SCHEME).partition(_PLACE)
        if uri.startswith(_SCHEME) and place and service:
            found.add(service)
    return tuple(sorted(found))
