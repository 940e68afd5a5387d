"""Signing in to the API (row S1): POST /v1/auth/token, /v1/auth/refresh, and the keys that verify its tokens."""

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pipeline.api import parsers
from pipeline.api.problems import Problem
from tenants.access import grants, tokens
from tenants.access.accounts import NO_MATCH
from tenants.models import Membership, Tenant, User


class Credentials(serializers.Serializer[Any]):
    """Who signs in, and for which tenant."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)
    tenant_id = serializers.CharField(max_length=48, required=False, help_text="Needed by who is in several tenants")


class RefreshToken(serializers.Serializer[Any]):
    """The refresh token of the answer before; it is good once."""

    refresh_token = serializers.CharField(max_length=1024)


class TokenPair(serializers.Serializer[Any]):
    """An access token for an hour, and the refresh token that gives the next pair."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField(help_text="Seconds")


class PublicView(APIView):
    """A resource that needs no token: form or JSON in, never kept by a cache."""

    authentication_classes = ()
    permission_classes = ()  # the password, or the refresh token, is what it asks for
    parser_classes = (parsers.Json, parsers.Form)


class Token(PublicView):
    """Sign in."""

    @extend_schema(operation_id="token_create", request=Credentials, responses=TokenPair, tags=["auth"])
    def post(self, request: Request) -> Response:
        """Give a token pair for e-mail and password; `tenant_id` says for which tenant, if the person is in several."""
        asked = _read(Credentials, request)
        user = authenticate(request._request, username=asked["email"].lower(), password=asked["password"])  # noqa: SLF001
        if not isinstance(user, User):
            raise Problem(401, "api.sign_in", NO_MATCH)
        return _answer(grants.begin(_membership(user, asked.get("tenant_id", ""))))


class Refresh(PublicView):
    """Go on."""

    @extend_schema(operation_id="token_refresh", request=RefreshToken, responses=TokenPair, tags=["auth"])
    def post(self, request: Request) -> Response:
        """Give the next pair for a refresh token. It is good once: used again, all of the person's tokens end."""
        try:
            return _answer(grants.refresh(_read(RefreshToken, request)["refresh_token"]))
        except grants.Refused as error:
            raise Problem(401, "api.refresh_failed", "Token refresh failed") from error


class PublicKeys(PublicView):
    """The keys that verify access tokens."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return the JSON Web Key Set."""
        return Response(tokens.public_keys(), headers={"Cache-Control": "public, max-age=300"})


def _membership(user: User, slug: str) -> Membership:
    own = Membership.objects.select_related("tenant", "user").filter(user=user, tenant__state=Tenant.State.ACTIVE)
    if slug:
        own = own.filter(tenant__slug=slug)
    found = list(own.order_by("pk"))
    if len(found) == 1:
        return found[0]
    if not found:
        said = f" {slug!r}" if slug else ""
        raise Problem(
            403, "api.no_tenant", f"You are in no active tenant{said}. Ask an owner of the tenant to add you."
        )
    slugs = [one.tenant.slug for one in found]
    raise Problem(400, "api.tenant_needed", "You are in several tenants: say which by `tenant_id`.", tenants=slugs)


def _read(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    asked = serializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _answer(pair: grants.Pair) -> Response:
    told = {"access_token": pair.access, "refresh_token": pair.refresh, "token_type": "Bearer"}
    return Response({**told, "expires_in": tokens.LIFE_SECONDS}, headers={"Cache-Control": "no-store"})
