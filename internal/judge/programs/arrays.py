"""Heat in a plate: numpy as it is taught."""

import numpy as np


def start(size):
    plate = np.zeros((size, size))
    plate[0, :] = 100.0
    plate[:, 0] = np.linspace(0, 100, size)
    return plate


def step(plate):
    inner = (plate[:-2, 1:-1] + plate[2:, 1:-1] + plate[1:-1, :-2] + plate[1:-1, 2:]) / 4
    new = plate.copy()
    new[1:-1, 1:-1] = inner
    change = np.abs(new - plate).max()
    return new, change


def solve(size, tolerance):
    plate = start(size)
    history = []
    for round_ in range(500):
        plate, change = step(plate)
        history.append(change)
        if change < tolerance:
            break
    return plate, history


def normalize(values):
    mean = values.mean()
    deviation = values.std()
    scores = (values - mean) / deviation
    return scores


def fit_line(x, y):
    design = np.column_stack([np.ones_like(x), x])
    solution, residuals, rank, singular = np.linalg.lstsq(design, y, rcond=None)
    intercept, slope = solution
    predicted = design @ solution
    error = np.sqrt(((y - predicted) ** 2).mean())
    return intercept, slope, error


def main():
    plate, history = solve(24, 0.05)
    middle = plate[12, 12]
    hottest = np.unravel_index(plate[1:, 1:].argmax(), (23, 23))
    scores = normalize(plate.ravel())
    outliers = scores[scores > 2.5]
    x = np.arange(20, dtype=float)
    rng = np.random.default_rng(1)
    y = 3.0 * x + 2 + rng.normal(size=20)
    intercept, slope, error = fit_line(x, y)
    y[3] = np.nan
    valid = ~np.isnan(y)
    count = valid.sum()
    total = np.nansum(y)
    flags = np.where(valid, "ok", "missing")
    bins = np.histogram(scores, bins=5)
    eigen, vectors = np.linalg.eigh(np.cov(plate[:4]))
    complex_ = np.fft.fft(x)[:4]
    days = np.datetime64("2024-01-01") + np.arange(3)
    record = np.array([("tent", 2, 9.5), ("rope", 5, 1.25)], dtype=[("name", "U10"), ("count", "i4"), ("price", "f8")])
    dear = record[record["price"] > 5]
    small = np.float32(slope)
    half = np.int8(7)
    big = np.ones((1000, 1000))
    big[3, :3] = np.nan
    tiny = np.array([0.5, 1, np.nan])
    empty = np.array([])
    parts = np.array_split(x, 4)
    for part in parts:
        best = part.max()
        print(best, part.sum())
    print(
        middle,
        hottest,
        outliers.size,
        intercept,
        slope,
        error,
        count,
        total,
        flags[3],
        bins[0],
        eigen,
        complex_,
        days,
        dear,
        small,
        half,
        big.sum(),
        tiny,
        empty,
    )


main()
