"""Orders that come in one after the other, each a dataclass."""

import os
import time
from dataclasses import dataclass


@dataclass
class Order:
    item: str
    cents: int
    count: int = 1


def price(order: Order, discount: int = 0) -> int:
    total = order.cents * order.count
    if discount:
        total -= total * discount // 100
    return total


def refund(order: Order) -> int:
    return -price(order)


def main() -> None:
    orders = [Order("mug", 1200), Order("tea", 650, 2), Order("jam", 420, 3)]
    takings = 0
    for day in range(20):
        for order in orders:
            takings += price(order, discount=day % 3 * 5)
        time.sleep(0.05)
    while os.path.exists("open"):  # the shop is
        time.sleep(0.05)
    print("took", takings)


if __name__ == "__main__":
    main()
