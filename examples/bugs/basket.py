"""Customers who see what others have put into their baskets."""


def add(item, basket=[]):
    basket.append(item)
    return basket


def serve(customer, items):
    for item in items:
        basket = add(item)
    return f"{customer}: {len(basket)} items"


print(serve("Ann", ["tea", "jam"]))
print(serve("Bob", ["mug"]))
