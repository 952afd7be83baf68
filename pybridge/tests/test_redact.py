"""What is not shown: secrets by their names, by where they stand, and by what they look like."""

from __future__ import annotations

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import redact
from _tallyho.base.redact import PLACEHOLDER, is_secret, is_secret_key, mask, returns_secret
from _tallyho.values import rendering

SECRET = """password pass passphrase access_key aws_access_key_id AWS_SECRET_ACCESS_KEY pw user_pw db_pass smtpPass bearer cookies api-key
    x-api-key sshPassphrase session_token DB_PASSWD adminPassword pwd""".split()
PLAIN = """n total render_pass first_pass compass passenger bypass passes author keys access item pwned powder""".split()

FUNCTIONS = """get_token load_password make_secret createAccessToken read_api_key fetch_credentials password user_pw""".split()
PLAIN_FUNCTIONS = (
    """tokenize is_token check_password verify_secret count_tokens token_count compute get_author has_password validateToken""".split()
)

HIDDEN = [
    ["prog", "--password", "S3CRET", "x"],
    ["prog", "--token=S3CRET"],
    ["-password", "S3CRET"],
    ("password", "S3CRET"),
    ["api_key", "S3CRET"],
    [("user", "me"), ("password", "S3CRET")],
    {"args": ["--secret", "S3CRET"]},
    {b"password": "S3CRET"},
    {b"Authorization": b"S3CRET"},
    ["PASSWORD=S3CRET", "HOME=/x"],
    (b"token", b"S3CRET"),
    {"headers": [("Cookie", "S3CRET")]},
    ["--db-password", "S3CRET"],
]
SHOWN = [["--verbose", "SHOWN"], ("name", "SHOWN"), ["password", "one", "SHOWN"], {b"name": "SHOWN"}, ["a=SHOWN"], ["--name=SHOWN"]]

PATTERNS = [
    "postgres://me:S3CRET@host/db",
    "x AKIAABCDEFGHIJKLMNOP y",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE" + "a" * 60 + "\n-----END RSA PRIVATE KEY-----",
    "card 4111 1111 1111 1111 end",
    "4111111111111111",
]
HARMLESS = [
    "http://host:8080/a@b",
    "4111111111111112",
    "AKIA",
    "12345678901234567890123",
    "2026-11-29 23:10:39.123456",
    "eyJ",
    "1111111111111111",
    "0.1234567890123452",
    "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]",
]


class Redaction(unittest.TestCase):
    def tearDown(self) -> None:
        redact.Patterns.on = False

    def test_names(self) -> None:
        self.assertEqual([name for name in SECRET if not is_secret(name)], [])
        self.assertEqual([name for name in PLAIN if is_secret(name)], [])
        self.assertTrue(is_secret_key(b"password") and is_secret_key("password"))
        self.assertFalse(is_secret_key(5) or is_secret_key(b"name") or is_secret_key(None))

    def test_functions(self) -> None:
        self.assertEqual([name for name in FUNCTIONS if not returns_secret(name)], [])
        self.assertEqual([name for name in PLAIN_FUNCTIONS if returns_secret(name)], [])

    def test_places(self) -> None:
        for value in HIDDEN:
            for limit in (1000, 40):
                text, _ = rendering.safe_repr(value, limit)
                self.assertNotIn("S3CRET", text)
            self.assertIn(PLACEHOLDER, rendering.safe_repr(value, 1000)[0])
            self.assertIn("S3CRET", rendering.safe_repr(value, 1000, False)[0])
        for value in SHOWN:
            self.assertIn("SHOWN", rendering.safe_repr(value, 1000)[0])

    def test_places_near_the_end_of_what_is_too_long(self) -> None:
        for value in (
            ["x" * 50] * 400 + ["--password", "S3CRET"],
            ["x" * 50] * 400 + ["--token=S3CRET"],
            [["x" * 50] * 400, ("password", "S3CRET")],
        ):
            text, _ = rendering.safe_repr(value, 300)
            self.assertNotIn("S3CRET", text)
            self.assertIn(PLACEHOLDER, text)

    def test_patterns(self) -> None:
        for text in PATTERNS:
            self.assertIn(PLACEHOLDER, mask(text), text)
            self.assertEqual(rendering.safe_repr(text, 1000)[0], repr(text).replace("\n", "\\n"))
        for text in HARMLESS:
            self.assertEqual(mask(text), text)
        redact.Patterns.on = True
        for text in PATTERNS:
            for value in (text, [text], {"x": text}):
                self.assertIn(PLACEHOLDER, rendering.safe_repr(value, 1000)[0], text)
        cut = "x" * 5000 + PATTERNS[3]
        self.assertNotIn("MIIE", rendering.safe_repr(cut, 300)[0])


if __name__ == "__main__":
    unittest.main()
