"""Names whose values are not shown: what looks like a secret by its name alone."""

from __future__ import annotations

from typing import Dict

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
    """.split()
)
_PARTS = ("password", "secret", "token", "apikey")
_DROP = {ord(char): None for char in "_-. "}
_KNOWN_LIMIT = 20000

_known: Dict[str, bool] = {}


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
    return plain in _NAMES or any(part in plain for part in _PARTS)
