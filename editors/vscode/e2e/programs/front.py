"""A Flask app that somebody has to serve."""

from flask import Flask

app = Flask(__name__)


@app.get("/hello/<name>")
def hello(name):
    greeting = f"hello {name}"
    return {"greeting": greeting}
