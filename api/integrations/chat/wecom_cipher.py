"""The envelope in which 企业微信 sends and takes messages: signed with a token, encrypted with a key.

As published for WXBizMsgCrypt: signature SHA-1 over token, timestamp, nonce and ciphertext, sorted and joined; AES-256
in CBC mode, whose initial vector is the beginning of the key; inside, 16 random bytes, the length of the message in
four bytes, the message, and whom it is for.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from api.errors import CallbackForged, CallbackMalformed

_BLOCK_BITS = 256
"""Of the padding; twice the cipher's own block."""
_RANDOM_BYTES = 16
_LENGTH = struct.Struct(">I")
_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class KeyUnusable(ValueError):
    """An EncodingAESKey is not 43 letters and digits."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What stands in the address of a callback: all of it is said by the sender and none of it is checked yet."""

    signature: str
    timestamp: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as it goes out: encrypted, and signed."""

    encrypted: str
    signed: Signed


@dataclass(frozen=True, slots=True)
class WecomCipher:
    """Opens and seals envelopes; `receiver` is whom messages are for: the CorpID, or empty for smart bots."""

    token: str = field(repr=False)
    key: bytes = field(repr=False)
    receiver: str

    def open(self, encrypted: str, signed: Signed) -> str:
        """Return the message in an envelope, however old it is.

        Raises CallbackForged where signature or receiver are not right, CallbackMalformed where a signed message is
        nonetheless none.
        """
        expected = self._signature(signed.timestamp, signed.nonce, encrypted)
        # As bytes: what the sender wrote may be no ASCII, which the comparison of texts refuses.
        if not hmac.compare_digest(expected.encode(), signed.signature.encode()):
            raise CallbackForged("回调的签名不对。请检查 Token 是否与管理后台一致。")
        message, receiver = self._decrypted(encrypted)
        if not hmac.compare_digest(receiver, self.receiver.encode()):
            raise CallbackForged("回调不是发给这个企业的。请检查企业 ID。")
        try:
            return message.decode()
        except UnicodeDecodeError as error:
            raise CallbackMalformed("回调的内容不是 UTF-8 文字。") from error

    def seal(self, message: str, timestamp: int | None = None, nonce: str | None = None) -> Envelope:
        """Return a message in an envelope."""
        content = message.encode()
        plain = secrets.token_bytes(_RANDOM_BYTES) + _LENGTH.pack(len(content)) + content + self.receiver.encode()
        padder = PKCS7(_BLOCK_BITS).padder()
        encryptor = self._cipher().encryptor()
        padded = padder.update(plain) + padder.finalize()
        encrypted = base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
        when = str(int(time.time()) if timestamp is None else timestamp)
        nonce = nonce or secrets.token_hex(8)
        return Envelope(encrypted, Signed(self._signature(when, nonce, encrypted), when, nonce))

    def _decrypted(self, encrypted: str) -> tuple[bytes, bytes]:
        wrong = "回调解不开。请检查 EncodingAESKey 是否与管理后台一致。"
        try:
            ciphertext = base64.b64decode(encrypted, validate=True)
            decryptor = self._cipher().decryptor()
            padded = decryptor.update(ciphertext) + decryptor.finalize()
            unpadder = PKCS7(_BLOCK_BITS).unpadder()
            plain = unpadder.update(padded) + unpadder.finalize()
            (length,) = _LENGTH.unpack_from(plain, _RANDOM_BYTES)
        except (binascii.Error, ValueError, struct.error) as error:
            raise CallbackMalformed(wrong) from error
        begins = _RANDOM_BYTES + _LENGTH.size
        if length > len(plain) - begins:
            raise CallbackMalformed(wrong)
        return plain[begins : begins + length], plain[begins + length :]

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16]))

    def _signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        joined = "".join(sorted((self.token, timestamp, nonce, encrypted)))
        return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def wecom_cipher(token: str, encoding_aes_key: str, receiver: str) -> WecomCipher:
    """Return the cipher of a token and a key as the admin console shows them. Raises KeyUnusable."""
    if not _KEY.fullmatch(encoding_aes_key):
        raise KeyUnusable
    # The last character carries bits beyond the 32 bytes; the console's keys do not have them all zero.
    return WecomCipher(token, base64.b64decode(encoding_aes_key + "="), receiver)
