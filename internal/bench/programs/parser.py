"""A recursive-descent parser and evaluator of arithmetic."""

import time


class Parser:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def peek(self):
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self):
        found = self.peek()
        self.at += 1
        return found

    def sum(self):
        value = self.product()
        while self.peek() in ("+", "-"):
            if self.take() == "+":
                value += self.product()
            else:
                value -= self.product()
        return value

    def product(self):
        value = self.factor()
        while self.peek() == "*":
            self.take()
            value = value * self.factor() % 1000003
        return value

    def factor(self):
        if self.peek() == "(":
            self.take()
            value = self.sum()
            if self.take() != ")":
                raise SyntaxError("unclosed")
            return value
        if self.peek() == "-":
            self.take()
            return -self.factor()
        return self.number()

    def number(self):
        start = self.at
        while self.peek().isdigit():
            self.at += 1
            if self.at == len(self.text) or self.text[self.at] == " ":
                break
        if start == self.at:
            raise SyntaxError("no number at %d" % start)
        return int(self.text[start : self.at])


text = " + ".join("(%d * %d - -%d) * 2" % (i, i + 7, i * 3) for i in range(120))


def work(rounds):
    for _ in range(rounds):
        Parser(text).sum()


work(1)
start = time.thread_time_ns()
work(400)
print(time.thread_time_ns() - start)
