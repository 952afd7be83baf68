"""A Flask app that asks itself."""

import time

from flask import Flask

app = Flask(__name__)


@app.get("/hello/<name>")
def hello(name):
    greeting = f"hello {name}"
    return {"greeting": greeting}


if __name__ == "__main__":
    client = app.test_client()
    for name in ["ann", "bob"]:
        print(client.get(f"/hello/{name}").json)
        time.sleep(0.3)
