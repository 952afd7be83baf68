"""Orders of a shop, with polars."""

import datetime as dt
from decimal import Decimal

import polars as pl


def orders():
    return pl.DataFrame(
        {
            "order": list(range(1, 61)),
            "customer": ["ann", "bob", "cyd"] * 20,
            "amount": [round(7.5 * n % 113, 2) for n in range(1, 61)],
            "when": [dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in range(60)],
        }
    )


def enrich(frame):
    taxed = frame.with_columns((pl.col("amount") * 1.08).alias("gross"))
    months = taxed.with_columns(pl.col("when").dt.month().alias("month"))
    return months


def totals(frame):
    lazy = frame.lazy().group_by("customer", "month").agg(pl.col("gross").sum(), pl.len())
    plan = lazy.sort("customer", "month")
    result = plan.collect()
    return result


def best_customer(frame):
    ranked = frame.group_by("customer").agg(pl.col("gross").sum()).sort("gross", descending=True)
    name, gross = ranked.row(0)
    return name, gross


def discount(amount):
    rate = Decimal("0.05") if amount > 80 else Decimal("0.00")
    return Decimal(str(amount)) * (1 - rate)


def main():
    frame = orders()
    frame = enrich(frame)
    schema = frame.schema
    amounts = frame["amount"]
    mean = amounts.mean()
    large = frame.filter(pl.col("amount") > mean)
    expression = pl.col("amount") > mean
    height = large.height
    table = totals(frame)
    name, gross = best_customer(frame)
    reduced = []
    for amount in amounts.head(12):
        price = discount(amount)
        reduced.append(price)
    total = sum(reduced)
    first = frame.row(0, named=True)
    for row in table.iter_rows(named=True):
        customer = row["customer"]
        share = row["gross"] / gross
        print(customer, round(share, 3))
    print(schema, height, name, total, first, expression, table.shape)


main()
