"""What every maker of ids promises."""

import re

from eaa.ports.ids import Ids


def test_an_id_is_a_prefix_and_a_ulid(ids: Ids) -> None:
    assert re.fullmatch(r"tsk_[0-7][0-9A-HJKMNP-TV-Z]{25}", ids.new("tsk"))


def test_ids_never_repeat_and_sort_in_the_order_of_making(ids: Ids) -> None:
    made = [ids.new("run") for _ in range(5000)]

    assert made == sorted(set(made))
