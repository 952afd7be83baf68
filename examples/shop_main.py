"""A morning in the shop: the till takes less than the price list promises.

Usage: python shop_main.py [orders [seconds between orders]]
"""

import sys
import time

from shop import catalog
from shop.pricing import total

CARTS = [
    ([catalog.TEA], None),
    ([catalog.TEA, catalog.JAM], catalog.WELCOME),
    ([catalog.BREAKFAST], None),
    ([catalog.MUG, catalog.BREAKFAST], catalog.WELCOME),
    ([catalog.HARVEST, catalog.TEA], catalog.AUTUMN),
]


def listed(item):
    """Return what the price list says."""
    parts = getattr(item, "parts", [item])
    return sum(part.cents * part.quantity for part in parts)


def promised(cart, coupon):
    """Return what the customer was told: the list price, less the coupon once."""
    amount = sum(listed(item) for item in cart)
    return amount if coupon is None else amount * (100 - coupon.percent) // 100


def serve(number):
    """Serve one customer; return what was taken and what was promised."""
    cart, coupon = CARTS[number % len(CARTS)]
    taken = total(cart, coupon)
    wanted = promised(cart, coupon)
    # A cent may be lost when entries are rounded one by one.
    if abs(wanted - taken) > len(cart):
        print("order %d: %s took %.2f instead of %.2f" % (number, cart, taken / 100, wanted / 100))
    return taken, wanted


def main():
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    pause = float(sys.argv[2]) if len(sys.argv) > 2 else 0.05
    taken = wanted = 0
    for number in range(orders):
        order_taken, order_wanted = serve(number)
        taken += order_taken
        wanted += order_wanted
        time.sleep(pause)
    print("%d orders: took %.2f, promised %.2f, lost %.2f" % (orders, taken / 100, wanted / 100, (wanted - taken) / 100))


if __name__ == "__main__":
    main()
