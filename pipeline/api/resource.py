"""What every resource of the API stands on: the tenant's schema around handler and rendering."""

import contextlib
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from structlog.contextvars import bound_contextvars

from pipeline.api.pages import Pages
from tenants.access.bearer import BearerAuthentication, MemberPermission
from tenants.access.pages import MANAGERS
from tenants.models import Membership, Tenant
from tenants.scope import scope


class TenantView(GenericAPIView[Any]):
    """A resource of the token's tenant. Handler and rendering both run inside its schema."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (MemberPermission,)
    pagination_class: type[Pages] | None = Pages
    changers: frozenset[Membership.Role] = MANAGERS
    """The roles that may change something here."""

    @property
    def tenant(self) -> Tenant:
        """Return the tenant that the token is for."""
        return self.membership.tenant

    @property
    def membership(self) -> Membership:
        """Return the person's place in it."""
        return cast(Membership, self.request.auth)

    @property
    def page_request(self) -> HttpRequest:
        """Return Django's own request, as the trail of changes reads it."""
        found: HttpRequest = self.request._request  # noqa: SLF001  (DRF has no public name for it)
        return found

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (DRF's own signature)
        """Judge the request, then enter the tenant's schema."""
        super().initial(request, *args, **kwargs)
        self._inside.enter_context(bound_contextvars(tenant=self.tenant.slug))
        self._inside.enter_context(scope(self.tenant))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401
        """Answer, rendered before the schema is left; a streamed body would be made after it."""
        with contextlib.ExitStack() as self._inside:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            if isinstance(response, Response):
                response = response.render()
        if response.streaming:
            raise TypeError(f"{type(self).__name__} streams its answer; it would be made outside the tenant's schema.")
        return response
