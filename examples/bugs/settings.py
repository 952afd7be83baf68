"""A setting that has no effect: the file's line is read, and the default used all the same."""

TEXT = """
timeout = 30s
retries = 5
"""


def number(text):
    try:
        return int(text)
    except ValueError:
        return None


def read(text):
    found = {}
    for line in text.strip().splitlines():
        name, _, value = line.partition("=")
        found[name.strip()] = number(value.strip())
    return found


settings = read(TEXT)
timeout = settings.get("timeout") or 5
print("timeout", timeout)
