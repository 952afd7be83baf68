"""Three means, the last of nothing."""


def mean(xs):
    total = 0
    for x in xs:
        total += x
    return total / len(xs)


for numbers in [1, 2, 3], [1, 5, 9], []:
    try:
        print(mean(numbers))
    except ZeroDivisionError as error:
        print("no mean:", error)
