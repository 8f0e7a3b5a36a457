import pytest

from rates import is_light, postage


def test_prices_rise_with_the_weight():
    assert [postage(weight) for weight in (1, 100, 101, 500, 501, 2000)] == [150, 150, 280, 280, 450, 450]


def test_light_parcels():
    assert [is_light(weight) for weight in (1, 100, 101, 500, 501, 2000)] == [True, True, True, True, False, False]


@pytest.mark.parametrize("weight", [0, -1, 2001])
def test_no_parcel(weight):
    with pytest.raises(ValueError):
        postage(weight)
    with pytest.raises(ValueError):
        is_light(weight)
