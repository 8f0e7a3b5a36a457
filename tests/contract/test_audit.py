"""What every audit log promises."""

from dataclasses import replace
from datetime import timedelta

from eaa.domain.audit import AuditEntry
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.ports.audit import Audit
from tests.makers import NOON


def make_entry(number: int = 1, *, organisation_id: OrganisationId = DEFAULT_ORGANISATION) -> AuditEntry:
    return AuditEntry(
        id=f"aud_{number}",
        organisation_id=organisation_id,
        created_at=NOON + timedelta(seconds=number),
        who="role-sd-0",
        peer="ipv4:127.0.0.1",
        what="/eaa.v1.Role/Ask",
        service="role-qa-0",
        outcome="refused",
        code="token.right_missing",
        why="role-sd-0 may not call it",
    )


async def test_entries_come_back_as_they_were_added_the_newest_first(audit: Audit) -> None:
    entries = [make_entry(number) for number in (1, 3, 2)]
    for entry in entries:
        await audit.add(entry)

    assert await audit.newest(DEFAULT_ORGANISATION, limit=2) == (make_entry(3), make_entry(2))


async def test_an_entry_that_is_added_again_stays_as_it_was(audit: Audit) -> None:
    await audit.add(make_entry())

    await audit.add(replace(make_entry(), why="nothing happened"))

    assert await audit.newest(DEFAULT_ORGANISATION, limit=9) == (make_entry(),)


async def test_an_organisation_sees_its_own_entries(audit: Audit) -> None:
    other = OrganisationId("org_other")
    await audit.add(make_entry(1, organisation_id=other))

    assert await audit.newest(DEFAULT_ORGANISATION, limit=9) == ()
    assert await audit.newest(other, limit=9) == (make_entry(1, organisation_id=other),)
