"""Figures of measured data, with matplotlib and the standard library around it."""

import csv
import io
import json
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def measure(count):
    start = datetime(2024, 1, 1, 8)
    noise = np.random.default_rng(5)
    for index in range(count):
        moment = start + timedelta(minutes=15 * index)
        value = 20 + 5 * np.sin(index / 6) + noise.normal(scale=0.5)
        yield moment, value


def smooth(values, width):
    window = deque(maxlen=width)
    result = []
    for value in values:
        window.append(value)
        average = sum(window) / len(window)
        result.append(average)
    return result


def draw(folder, times, values, smoothed):
    figure, axes = plt.subplots(figsize=(4, 3))
    lines = axes.plot(times, values, label="raw")
    (line,) = axes.plot(times, smoothed, label="smooth")
    axes.set_ylim(10, 30)
    legend = axes.legend()
    title = axes.set_title("Temperature")
    target = folder / "plot.png"
    figure.savefig(target)
    color = line.get_color()
    plt.close(figure)
    return target, color


def write(folder, rows):
    path = folder / "data.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        for moment, value in rows:
            writer.writerow([moment.isoformat(), f"{value:.3f}"])
    size = path.stat().st_size
    return path, size


def read(path):
    by_hour = defaultdict(list)
    with open(path) as stream:
        for moment, value in csv.reader(stream):
            when = datetime.fromisoformat(moment)
            by_hour[when.hour].append(float(value))
    return by_hour


def main():
    folder = Path(mkdtemp())
    rows = list(measure(60))
    times, values = zip(*rows)
    smoothed = smooth(values, 5)
    path, size = write(folder, rows)
    by_hour = read(path)
    busiest = Counter({hour: len(found) for hour, found in by_hour.items()}).most_common(2)
    target, color = draw(folder, times, values, smoothed)
    ratio = Fraction(len(rows), 180)
    key = UUID(int=0x1234567812345678123456781234567F)
    span = times[-1] - times[0]
    document = json.dumps({"file": path.name, "size": size, "key": str(key)})
    text = io.StringIO(document)
    again = json.load(text)
    print(busiest, target.name, color, ratio, span, again["size"], sorted(by_hour)[:3])


main()
