"""What a parcel costs. Weights are in grams, prices in cents."""


def postage(weight):
    """Return the price of a parcel."""
    if weight <= 0:
        raise ValueError(weight)
    if weight <= 100:
        return 150
    elif weight <= 500:
        return 280
    elif weight <= 2000:
        return 450
    raise ValueError(weight)


def is_light(weight):
    """Return whether a parcel is in the two cheapest classes."""
    if weight <= 0:
        raise ValueError(weight)
    if weight <= 100:
        return True
    elif weight <= 500:
        return True
    elif weight <= 2000:
        return False
    raise ValueError(weight)
