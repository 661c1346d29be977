"""What 飞书 encrypts and signs: AES-256-CBC under the SHA-256 of the Encrypt Key; SHA-256 over key and body."""

import base64
import binascii
import hashlib
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

_BLOCK = 16
"""Bytes of a block, and of the initialisation vector before the first."""


class Undecipherable(Exception):
    """A ciphertext was not made with this key, or is none."""


def decrypted(ciphertext: str, key: str) -> str:
    """Return what a base64 ciphertext says. Raises Undecipherable."""
    try:
        sent = base64.b64decode(ciphertext, validate=True)
        decryptor = Cipher(AES256(_key(key)), CBC(sent[:_BLOCK])).decryptor()
        padded = decryptor.update(sent[_BLOCK:]) + decryptor.finalize()
        unpadder = PKCS7(AES256.block_size).unpadder()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    # A text that is no UTF-8 is a ValueError too, and so is a ciphertext that is no whole number of blocks.
    except (binascii.Error, ValueError) as error:
        raise Undecipherable from error


def is_signed(given: str, timestamp: str, nonce: str, key: str, body: bytes) -> bool:
    """Tell whether a signature is the one that who knows the key makes of a body, in hexadecimal."""
    made = hashlib.sha256((timestamp + nonce + key).encode() + body).hexdigest()
    return secrets.compare_digest(given.encode(), made.encode())


def _key(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
