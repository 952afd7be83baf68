"""A moving average whose last window is missing."""


def windows(values, size):
    for start in range(len(values) - size):
        yield values[start : start + size]


def averages(values, size):
    return [sum(window) / size for window in windows(values, size)]


print(averages([1, 2, 3, 4, 5, 6], 3))
