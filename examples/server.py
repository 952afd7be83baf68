"""A small threaded web server and its three visitors. It serves on the loopback interface and stops by itself.

Usage: python server.py [requests per visitor]
"""

import json
import sys
import threading
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

STOCK = {"tea": 4, "jam": 2, "mug": 0}


def stock(name):
    """Return how many there are; a name that is not sold raises KeyError."""
    return STOCK[name]


def answer(path):
    """Return the status and the body for a path such as /stock?name=tea."""
    query = parse_qs(urlsplit(path).query)
    name = query.get("name", ["tea"])[0]
    try:
        return 200, {"name": name, "left": stock(name)}
    except KeyError:
        return 404, {"name": name, "error": "not sold here"}


class Handler(BaseHTTPRequestHandler):
    """Answers with JSON and logs nothing."""

    def do_GET(self):
        status, body = answer(self.path)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format, *args):
        pass


def visit(address, names, found):
    """Ask for each name in turn and note what there is."""
    for name in names:
        found.append(ask(address, name).get("left"))


def ask(address, name):
    """Return the server's answer, or that there was none."""
    connection = HTTPConnection(*address, timeout=10)
    try:
        connection.request("GET", "/stock?name=" + name)
        return json.loads(connection.getresponse().read())
    except (OSError, HTTPException) as error:
        return {"name": name, "error": str(error)}
    finally:
        connection.close()


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    names = ["tea", "jam", "mug", "hat"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, name="server").start()
        found = {visitor: [] for visitor in ("ann", "bob", "eve")}
        visitors = []
        for start, (visitor, notes) in enumerate(found.items()):
            wanted = [names[(start + n) % len(names)] for n in range(requests)]
            thread = threading.Thread(target=visit, name=visitor, args=(server.server_address, wanted, notes))
            visitors.append(thread)
            thread.start()
        for thread in visitors:
            thread.join()
        server.shutdown()
    for visitor, notes in found.items():
        print(visitor, "found", notes)


if __name__ == "__main__":
    main()
