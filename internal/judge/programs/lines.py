"""What a web server's log says."""

import argparse
import csv
import io
import re
import statistics
import tempfile
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

LINE = re.compile(
    r'(?P<ip>\S+) - (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<verb>[A-Z]+) (?P<url>\S+) [^"]*" (?P<status>\d{3}) (?P<size>\d+|-)'
)

SAMPLE = """\
10.0.0.1 - ann [02/May/2024:10:00:01 +0200] "GET /shop?item=mug&n=2 HTTP/1.1" 200 512
10.0.0.2 - - [02/May/2024:10:00:03 +0200] "GET /shop HTTP/1.1" 200 498
10.0.0.1 - ann [02/May/2024:10:00:09 +0200] "POST /cart?item=mug HTTP/1.1" 302 -
broken line
10.0.0.3 - bob [02/May/2024:10:01:30 +0200] "GET /admin HTTP/1.1" 403 88
10.0.0.1 - ann [02/May/2024:10:02:00 +0200] "GET /pay HTTP/1.1" 500 0
"""


def parse(line):
    match = LINE.match(line)
    if match is None:
        return None
    fields = match.groupdict()
    when = datetime.strptime(fields["time"], "%d/%b/%Y:%H:%M:%S %z")
    parts = urlsplit(fields["url"])
    query = parse_qs(parts.query)
    size = 0 if fields["size"] == "-" else int(fields["size"])
    return {
        "ip": fields["ip"],
        "user": fields["user"],
        "when": when,
        "path": parts.path,
        "query": query,
        "status": int(fields["status"]),
        "size": size,
    }


def read(path):
    bad = []
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            entry = parse(line.rstrip())
            if entry is None:
                bad.append(number)
                continue
            yield entry
    if bad:
        print("not understood:", bad)


def visits(entries, gap=timedelta(minutes=1)):
    last = {}
    count = Counter()
    for entry in entries:
        user = entry["user"]
        before = last.get(user)
        if before is None or entry["when"] - before > gap:
            count[user] += 1
        last[user] = entry["when"]
    return count


def report(entries, out):
    by_path = defaultdict(list)
    for entry in entries:
        by_path[entry["path"]].append(entry["size"])
    writer = csv.writer(out)
    writer.writerow(["path", "hits", "bytes", "median"])
    rows = sorted(((path, len(sizes), sum(sizes), statistics.median(sizes)) for path, sizes in by_path.items()), key=lambda row: -row[1])
    writer.writerows(rows)
    return rows


def slug(title):
    lowered = title.lower()
    words = re.findall(r"[a-z0-9]+", lowered)
    cut = "-".join(words)[:20]
    return re.sub(r"-+$", "", cut)


def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--top", type=int, default=3)
    parser.add_argument("file", nargs="?", type=Path)
    args = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp())
    path = args.file or folder / "access.log"
    path.write_text(SAMPLE, encoding="utf-8")
    entries = list(read(path))
    statuses = Counter(entry["status"] // 100 for entry in entries)
    worst = max(entries, key=lambda entry: entry["status"])
    out = io.StringIO()
    rows = report(entries, out)
    table = list(csv.DictReader(io.StringIO(out.getvalue())))
    recent = deque((entry["path"] for entry in entries), maxlen=2)
    span = entries[-1]["when"] - entries[0]["when"]
    utc = entries[0]["when"].astimezone(timezone.utc)
    total = sum(int(row["bytes"]) for row in table)
    who = visits(entries).most_common(args.top)
    name = slug("Access log: May 2024, the first two minutes")
    target = folder / f"{name}.csv"
    target.write_text(out.getvalue())
    size = target.stat().st_size
    print(statuses, worst["path"], rows[0], list(recent), span, utc.isoformat(), total, who, size)


if __name__ == "__main__":
    main([])
