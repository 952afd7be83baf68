"""What the shop sells. Prices are in cents."""


class Item:
    """One thing, so many times."""

    def __init__(self, name, cents, quantity=1):
        self.name = name
        self.cents = cents
        self.quantity = quantity

    def __repr__(self):
        return "Item(%r, %d)" % (self.name, self.quantity)


class GiftSet:
    """Several things in one box, sold as one."""

    def __init__(self, name, *parts):
        self.name = name
        self.parts = parts

    def __repr__(self):
        return "GiftSet(%r)" % self.name


class Coupon:
    """So many percent off."""

    def __init__(self, code, percent):
        self.code = code
        self.percent = percent

    def __repr__(self):
        return "Coupon(%r)" % self.code


TEA = Item("tea", 650)
JAM = Item("jam", 420, quantity=2)
MUG = Item("mug", 1200)
BREAKFAST = GiftSet("breakfast", Item("tea", 650), Item("jam", 420), Item("bread", 330))
HARVEST = GiftSet("harvest", Item("honey", 980), Item("jam", 420, quantity=3))

WELCOME = Coupon("WELCOME", 10)
AUTUMN = Coupon("AUTUMN", 25)
