from scripts.proofs.memory import memory_drift


def test_calls_of_every_sort_leave_nothing_of_themselves_in_memory() -> None:
    found = memory_drift(1_600, warm_up_calls=400)

    assert found.calls == 1_600
    assert found.left == ()
