"""How 钉钉 signs: HMAC-SHA256 of the moment and the robot's secret, under that secret. The body is not signed."""

import base64
import hashlib
import hmac
import secrets


def is_signed(given: str, timestamp: str, secret: str) -> bool:
    """Tell whether a signature is the one that who knows the secret makes at a moment (milliseconds), in base64."""
    made = base64.b64encode(hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256))
    return secrets.compare_digest(given.encode(), made)
