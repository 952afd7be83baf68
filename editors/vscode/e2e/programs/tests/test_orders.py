import unittest

import pytest
from orders import Order, price, refund


def test_price():
    assert price(Order("mug", 1200)) == 1200


@pytest.mark.parametrize("count", [1, 2, 3])
def test_discount(count):
    order = Order("tea", 650, count)
    assert price(order, discount=10) == 585 * count


def test_refund():
    money = refund(Order("jam", 420, 2))
    assert money == 840


class TestCase(unittest.TestCase):
    def test_free(self):
        self.assertEqual(price(Order("air", 0)), 0)
