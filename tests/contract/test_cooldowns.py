"""What every keeper of cooldowns promises."""

from eaa.ports.cooldowns import Cooldown, Cooldowns

SUBJECT = "model:alpha"


def cooldown(until_s: float, *, subject: str = SUBJECT, because: str = "model.rate_limited") -> Cooldown:
    return Cooldown(subject=subject, because=because, until_s=until_s)


async def test_what_cools_is_active_until_its_time(cooldowns: Cooldowns) -> None:
    await cooldowns.start(cooldown(100.0))
    await cooldowns.start(cooldown(50.0, subject="key:house:abc"))

    assert cooldowns.active(49.0) == {
        SUBJECT: cooldown(100.0),
        "key:house:abc": cooldown(50.0, subject="key:house:abc"),
    }
    assert cooldowns.active(50.0) == {SUBJECT: cooldown(100.0)}
    assert cooldowns.active(100.0) == {}


async def test_the_longer_of_two_cooldowns_stays(cooldowns: Cooldowns) -> None:
    await cooldowns.start(cooldown(100.0))
    await cooldowns.start(cooldown(60.0, because="model.overloaded"))
    assert cooldowns.active(1.0) == {SUBJECT: cooldown(100.0)}

    await cooldowns.start(cooldown(200.0, because="model.overloaded"))
    assert cooldowns.active(1.0) == {SUBJECT: cooldown(200.0, because="model.overloaded")}


async def test_an_ended_cooldown_is_over_at_once(cooldowns: Cooldowns) -> None:
    await cooldowns.start(cooldown(100.0))

    await cooldowns.end(SUBJECT)
    await cooldowns.end("model:never-cooled")

    assert cooldowns.active(1.0) == {}


async def test_nothing_cools_at_first(cooldowns: Cooldowns) -> None:
    assert cooldowns.active(0.0) == {}
