"""Names whose values are not shown: what looks like a secret by its name alone."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Sequence

PLACEHOLDER = "{redacted}"

_NAMES = frozenset(
    """
    2fa accesstoken aiohttpsession apikey apisecret apisignature appkey applicationkey auth authorization authtoken
    ccnumber certificatepin cipher clientid clientsecret connectionstring connectsid cookie credentials creditcard csrf
    csrftoken cvv databaseurl dburl encryptionkey encryptionkeyid geolocation gpgkey ipaddress jti jwt licensekey
    masterkey mysqlpwd nonce oauth oauthtoken otp passhash passwd password passwordb pemfile pgpkey phpsessid pin
    pincode pkcs8 privatekey publickey pwd recaptchakey refreshtoken routingnumber salt secret secretkey secrettoken
    securityanswer securitycode securityquestion serviceaccountcredentials session sessionid sessionkey setcookie
    signature signaturekey sshkey ssn symfony token transactionid twiliotoken usersession voterid xapikey xauthtoken
    xcsrftoken xforwardedfor xrealip xsrf xsrftoken symfonyuser proxyauthorization remoteaddr
    accesskey bearer cookies pass passphrase pw
    """.split()
)
_PARTS = ("password", "passphrase", "passwd", "secret", "token", "apikey", "accesskey")
_LAST = frozenset(("pw", "pwd", "passwd", "bearer"))
"""A name of several words that ends in one of these is a secret's."""
_WHOSE = frozenset("admin auth db database email ftp http ldap login mail my mysql pg proxy redis root smtp ssh sudo user".split())
"""A name that ends in "pass" after one of these is a secret's: db_pass is, and render_pass is not."""

_RESULTS = ("password", "passphrase", "passwd", "secret", "token", "apikey", "accesskey", "credentials")
_QUESTIONS = frozenset("has is check verify validate compare matches can count".split())
_DROP = {ord(char): None for char in "_-. "}
_KNOWN_LIMIT = 20000

_known: Dict[str, bool] = {}

MARKS = ("://", "AKIA", "ASIA", "-----BEGIN", "eyJ")
_URL = re.compile(r"(://[^\s/:@'\"]*:)[^\s/@'\"]+(@)")
_AWS = re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?")
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
_DIGITS = re.compile(r"\d[ -]?\d{3}")


class Patterns:
    """Whether texts are looked through for what looks like a secret by itself."""

    on = False

    @classmethod
    def look(cls, on: bool) -> None:
        """Look through them from now on, or not."""
        cls.on = on


def mask(text: str) -> str:
    """Return a text without passwords of URLs, AWS keys, private keys, JSON web tokens and card numbers."""
    if any(mark in text for mark in MARKS):
        text = _URL.sub(r"\1" + PLACEHOLDER + r"\2", text)
        text = _AWS.sub(PLACEHOLDER, text)
        text = _PEM.sub(PLACEHOLDER, text)
        text = _JWT.sub(PLACEHOLDER, text)
    if _DIGITS.search(text):
        text = _CARD.sub(_card, text)
    return text


def _card(found: "re.Match[str]") -> str:
    digits = [int(char) for char in found.group() if char.isdigit()]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return found.group() if total % 10 or len(set(digits)) == 1 else PLACEHOLDER


def is_secret(name: str) -> bool:
    """Report whether a name (of a variable, an attribute or a key) looks like that of a secret."""
    known = _known.get(name)
    if known is None:
        known = len(name) <= 256 and _decide(name)
        if len(_known) < _KNOWN_LIMIT:
            _known[name] = known
    return known


def _decide(name: str) -> bool:
    plain = name.lower().strip().translate(_DROP)
    if plain in _NAMES or any(part in plain for part in _PARTS):
        return True
    words = _words(name)
    return len(words) > 1 and (words[-1] in _LAST or words[-1] == "pass" and words[-2] in _WHOSE)


def _words(name: str) -> List[str]:
    return [word.lower() for word in re.findall("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)]


def is_secret_key(key: Any) -> bool:
    """Report whether a key of a mapping, a text or bytes, looks like the name of a secret."""
    if type(key) is str:
        return is_secret(key)
    return type(key) is bytes and len(key) <= 256 and is_secret(key.decode("latin-1"))


def returns_secret(function: str) -> bool:
    """Report whether what a function of that name returns looks like a secret: get_token, and not tokenize or check_password."""
    words = _words(function)
    if not words or words[0] in _QUESTIONS:
        return False
    plain = "".join(words)
    return plain.endswith(_RESULTS) or words[-1] in _LAST


def instead(values: Sequence[Any], at: int) -> Optional[str]:
    """Return what stands for an item of a list or tuple that is a secret by what is before it or in it; None: itself.

    The value of an option (`--password X`, `--token=X`, `TOKEN=X`), and the second of a pair (`("password", X)`).
    """
    item = values[at]
    if at:
        before = values[at - 1]
        if type(before) is str and before[:1] == "-" and "=" not in before:
            if is_secret(before.lstrip("-")):
                return PLACEHOLDER
        elif at == 1 and len(values) == 2 and is_secret_key(before):
            return PLACEHOLDER
    if type(item) is str and "=" in item[:256]:
        name, _, _ = item.partition("=")
        plain = name.lstrip("-")
        if plain and " " not in plain and is_secret(plain):
            return repr(name + "=" + PLACEHOLDER)
    return None
