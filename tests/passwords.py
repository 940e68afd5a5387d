"""A password hasher for tests."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    """The product's hasher without what makes it slow."""

    iterations = 1
