"""Listings of a town: what a person does with pandas in a first hour."""

import numpy as np
import pandas as pd


def make_listings(rows, seed):
    rng = np.random.default_rng(seed)
    cities = np.array(["Bern", "Basel", "Genf", "Chur"])
    frame = pd.DataFrame(
        {
            "city": cities[rng.integers(0, 4, rows)],
            "price": rng.normal(900, 250, rows).round(2),
            "rooms": rng.integers(1, 6, rows),
            "since": pd.date_range("2024-01-01", periods=rows, freq="h"),
        }
    )
    frame.loc[5, "price"] = np.nan
    return frame


def clean(frame):
    before = len(frame)
    frame = frame.dropna(subset=["price"])
    frame = frame[frame["price"] > 300]
    dropped = before - len(frame)
    frame = frame.assign(per_room=frame["price"] / frame["rooms"])
    return frame, dropped


def summarize(frame):
    by_city = frame.groupby("city")
    means = by_city["price"].mean()
    spread = by_city["price"].std()
    table = pd.DataFrame({"mean": means, "spread": spread})
    table["cv"] = table["spread"] / table["mean"]
    return table.sort_values("cv")


def expensive(frame, limit):
    found = []
    for index, row in frame.iterrows():
        price = row["price"]
        if price > limit:
            found.append((index, row["city"], price))
    return found


def classify(price):
    if price < 600:
        return "cheap"
    if price < 1000:
        return "usual"
    return "dear"


def by_month(frame):
    monthly = frame.set_index("since")["price"].resample("D").mean()
    change = monthly.pct_change()
    worst = change.idxmin()
    best = change.max()
    return monthly, worst, best


def main():
    listings = make_listings(400, seed=3)
    shape = listings.shape
    listings, dropped = clean(listings)
    first = listings.iloc[0]
    stamp = first["since"]
    age = pd.Timestamp("2024-03-01") - stamp
    table = summarize(listings)
    top = table.index[0]
    names = list(table.index)
    dear = expensive(listings, 1400)
    listings["class"] = listings["price"].map(classify)
    counts = listings["class"].value_counts()
    share = counts / counts.sum()
    monthly, worst, best = by_month(listings)
    joined = listings.merge(table.reset_index(), on="city")
    columns = joined.columns
    dtypes = joined.dtypes
    corr = joined[["price", "rooms", "per_room"]].corr()
    mask = joined["price"] > joined["mean"]
    above = mask.sum()
    print(shape, dropped, age, top, names, len(dear), share.round(2).to_dict(), worst, best, above)
    for city, group in joined.groupby("city"):
        median = group["price"].median()
        largest = group["rooms"].max()
        print(city, median, largest)


main()
