"""Cards, points and a small shop: what a course on Python's classes shows."""

import itertools
import random
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Suit(Enum):
    CLUBS = 1
    SPADES = 2


@dataclass
class Item:
    name: str
    count: int
    price: float = 1.0
    tags: list = field(default_factory=list)

    def total(self):
        return self.count * self.price


class Point(NamedTuple):
    x: int
    y: int


class Circle:
    def __init__(self, name, radius):
        self.name = name
        self.radius = radius

    def area(self):
        return 3.14159 * self.radius**2

    def grow(self, by):
        self.radius += by
        return self


class Stack:
    def __init__(self):
        self._items = []

    def push(self, item):
        self._items.append(item)

    def pop(self):
        return self._items.pop()

    def __len__(self):
        return len(self._items)

    def __repr__(self):
        return f"Stack of {len(self)}"


class Node:
    def __init__(self, value, next_=None):
        self.value = value
        self.next = next_


def linked(values):
    head = None
    for value in reversed(values):
        head = Node(value, head)
    return head


def walk(node):
    while node:
        yield node.value
        node = node.next


def fibonacci(n, memo={}):
    if n < 2:
        return n
    if n not in memo:
        memo[n] = fibonacci(n - 1) + fibonacci(n - 2)
    return memo[n]


def calculate(text):
    stack = Stack()
    for token in text.split():
        if token in "+-*":
            right = stack.pop()
            left = stack.pop()
            result = {"+": left + right, "-": left - right, "*": left * right}[token]
            stack.push(result)
        else:
            stack.push(int(token))
    return stack.pop()


def parse(lines):
    pattern = re.compile(r"(\w+)=(\d+)")
    for line in lines:
        match = pattern.match(line)
        if match is None:
            print("skipped", line)
            continue
        key, number = match.groups()
        yield key, int(number)


def bubble(values):
    values = list(values)
    for end in range(len(values) - 1, 0, -1):
        for i in range(end):
            if values[i] > values[i + 1]:
                values[i], values[i + 1] = values[i + 1], values[i]
    return values


def divide(a, b):
    try:
        return a / b
    except ZeroDivisionError as error:
        print("cannot", error)
        return None
    finally:
        done = True


def main():
    random.seed(4)
    items = [Item("tent", 5, 99.5), Item("rope", 12, 4.25, ["red"])]
    total = sum(item.total() for item in items)
    for item in items:
        item.count -= 1
        print(item.name, item.total())
    corner = Point(1, 2)
    moved = corner._replace(y=7)
    circles = [Circle("wheel", 2), Circle("plate", 1.5)]
    for circle in circles:
        area = circle.area()
        circle.grow(0.5)
        print(circle.name, area)
    largest = max(circles, key=Circle.area)
    suit = random.choice(list(Suit))
    deck = list(itertools.product(Suit, range(1, 4)))
    random.shuffle(deck)
    card = deck[0]
    head = linked([3, 1, 2])
    numbers = list(walk(head))
    answer = fibonacci(20)
    value = calculate("3 4 + 2 *")
    pairs = dict(parse(["a=1", "bad line", "b=22"]))
    state = {"pos": 0, "steps": 10, "name": "robot"}
    while state["pos"] < 5:
        state["pos"] += 2
    ordered = bubble(random.sample(range(50), 8))
    words = "the quick brown fox jumps over the lazy dog the end".split()
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    quotient = divide(7, 2)
    nothing = divide(1, 0)
    squares = [n * n for n in range(10) if n % 2]
    text = f"{total:.2f}\t{answer}\n"
    print(total, moved, largest.name, suit, card, numbers, value, pairs, state, ordered, counts, quotient, nothing, squares, text)


main()
