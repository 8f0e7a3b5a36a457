from invoice import gross_total, net_total


def test_without_discount():
    assert net_total([10, 5], 0) == 15


def test_without_prices():
    assert net_total([], 0) == 0


def test_a_discount_is_taken_off():
    assert net_total([10, 5], 3) == 12


def test_tax_comes_after_the_discount():
    assert gross_total([100], 20, 10) == 88
