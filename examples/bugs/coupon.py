"""A cart whose total is too low when it holds a gift set."""


def price(item, percent):
    total = sum(price(part, percent) for part in item["parts"]) if "parts" in item else item["cents"]
    total -= total * percent // 100
    return total


def total(cart, percent):
    return sum(price(item, percent) for item in cart)


TEA, JAM, MUG = {"cents": 650}, {"cents": 420}, {"cents": 1200}
CART = [MUG, {"parts": [TEA, JAM]}]
wanted = (1200 + 650 + 420) * 90 // 100
print("total", total(CART, 10), "wanted", wanted)
