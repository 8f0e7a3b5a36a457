"""Who may call what."""

from datetime import UTC, datetime

import pytest

from eaa.domain.role import RoleName
from eaa.domain.service_rights import RIGHTS, check_right, role_audience, scopes_for
from eaa.domain.service_token import RightMissing, ServiceName, ServiceToken, service_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def make_token(issuer: str, *scopes: str) -> ServiceToken:
    return ServiceToken("1", issuer, "anybody", frozenset(scopes), NOON, NOON)


@pytest.mark.parametrize(
    ("slot", "service"),
    [
        ("dispatcher-0", ServiceName.DISPATCHER),
        ("role-sd-12", ServiceName.ROLE),
        ("role-sd", ServiceName.ROLE),
        ("cli-0", ServiceName.OPERATOR),
        ("operator", ServiceName.OPERATOR),
        ("roles-0", None),
        ("", None),
    ],
)
def test_a_slot_tells_which_service_holds_it(slot: str, service: ServiceName | None) -> None:
    assert service_of(slot) is service


def test_every_right_is_of_the_services_and_scopes_it_names_and_of_nobody_else() -> None:
    for method, right in RIGHTS.items():
        for name in ServiceName:
            for scopes in ((), (right.scope,) if right else ("x",), ("other",)):
                is_right = right is None or (name in right.callers and right.scope in scopes)
                if is_right:
                    check_right(method, make_token(f"{name}-0", *scopes))
                    continue
                with pytest.raises(RightMissing, match="may not call"):
                    check_right(method, make_token(f"{name}-0", *scopes))


def test_a_method_that_the_table_does_not_know_is_nobodys() -> None:
    with pytest.raises(RightMissing, match="nobody may"):
        check_right("/eaa.v1.Role/Rule", make_token("dispatcher-0", "role.ask"))


def test_a_service_knows_the_scopes_of_its_methods() -> None:
    of_prefix = {"/eaa.v1.Role/": scopes_for(role_audience(RoleName.SD)), "/eaa.v1.Orch": scopes_for("orchestrator")}
    for prefix, known in of_prefix.items():
        assert known == {right.scope for method, right in RIGHTS.items() if right and method.startswith(prefix)}
    assert scopes_for("role-nobody") == frozenset()
