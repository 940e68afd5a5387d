"""Access tokens (row S1): RS256, one hour, for one person in one tenant."""

import dataclasses
import uuid
from typing import Any

import jwt

from pipeline import clock
from tenants.access import signing

LIFE_SECONDS = 3600
LEEWAY_SECONDS = 5
"""How far the clocks of two hosts may be apart."""
ISSUER, AUDIENCE = "pipeline-api", "pipeline-dashboard"
REQUIRED = ("sub", "tenant_id", "iat", "exp", "iss", "aud", "sid")


class Invalid(Exception):
    """The token is none of ours, or was changed."""


class Expired(Exception):
    """The token was ours; its hour is over."""


@dataclasses.dataclass(frozen=True, slots=True)
class Claims:
    """Whom a token names. What they may do is asked of the database in each request."""

    user_id: int
    tenant_id: str
    grant_id: uuid.UUID


def issue(*, user_id: int, tenant_id: str, grant_id: uuid.UUID) -> str:
    """Return a signed token; `sid` names the grant that it ends with."""
    now = int(clock.now().timestamp())
    claims = {"sub": str(user_id), "tenant_id": tenant_id, "iat": now, "exp": now + LIFE_SECONDS}
    claims |= {"iss": ISSUER, "aud": AUDIENCE, "jti": uuid.uuid4().hex, "sid": str(grant_id)}
    key = signing.keys()[0]
    return jwt.encode(claims, key.private, "RS256", headers={"kid": key.kid})


def read(token: str) -> Claims:
    """Return a token's claims. Raises Invalid, Expired."""
    try:
        kid, ring = jwt.get_unverified_header(token).get("kid"), signing.keys()
        key = next((one for one in ring if one.kid == kid), None)
        if key is None:
            raise Invalid
        claims: dict[str, Any] = jwt.decode(
            token,
            key.private.public_key(),
            algorithms=["RS256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": list(REQUIRED)},
            leeway=LEEWAY_SECONDS,
        )
        return Claims(int(claims["sub"]), str(claims["tenant_id"]), uuid.UUID(claims["sid"]))
    except jwt.ExpiredSignatureError as error:
        raise Expired from error
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
        raise Invalid from error


def public_keys() -> dict[str, Any]:
    """Return the JSON Web Key Set (RFC 7517)."""
    ring = signing.keys()
    return {"keys": [key.jwk for key in ring]}
