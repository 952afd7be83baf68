"""What a cart costs."""

from shop.catalog import GiftSet


def discount(amount, coupon):
    """Return what the coupon takes off an amount."""
    return amount * coupon.percent // 100


def price(item, coupon=None):
    """Return what one entry of a cart costs."""
    if isinstance(item, GiftSet):
        total = sum(price(part, coupon) for part in item.parts)
    else:
        total = item.cents * item.quantity
    if coupon is not None:
        total -= discount(total, coupon)
    return total


def total(cart, coupon=None):
    """Return what the whole cart costs."""
    amount = 0
    for item in cart:
        amount += price(item, coupon)
    return amount
