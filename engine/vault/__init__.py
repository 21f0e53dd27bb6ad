"""Secrets at rest and on their way into a call: the keys, which are never in the database, and a short memory.

May import `engine.model` and `engine.store`.
"""

from .keyring import NO_KEYS, BadKeys, Keyring, SecretError, Unreadable, key_fault, new_key
from .vault import KEPT_S, NotSet, Vault

__all__ = [
    "KEPT_S",
    "NO_KEYS",
    "BadKeys",
    "Keyring",
    "NotSet",
    "SecretError",
    "Unreadable",
    "Vault",
    "key_fault",
    "new_key",
]
