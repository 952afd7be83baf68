"""Members who never get their discount."""

import csv
import io

ORDERS = """name,member,cents
Ann,1,2000
Bob,0,1500
"""


def price(order):
    cents = int(order["cents"])
    if order["member"] == 1:
        cents -= cents // 10
    return cents


for order in csv.DictReader(io.StringIO(ORDERS)):
    print(order["name"], price(order))
