"""What is neither a resource nor a sign-in: the schema, the page that shows it, paths that there are not."""

from typing import Any

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

NO_PATH = "There is nothing at this path of the API. GET /v1/schema lists what there is."


class Schema(SpectacularJSONAPIView):
    """The OpenAPI 3.1 description, as JSON; nobody has to sign in to read it."""

    authentication_classes = ()
    permission_classes = ()  # it describes what is public: the code of the API


class Docs(SpectacularSwaggerSplitView):
    """The page that shows it and sends requests."""

    authentication_classes = ()
    permission_classes = ()  # the same
    url_name = "api_schema"


class Missing(APIView):
    """Every other path under /v1."""

    authentication_classes = ()
    permission_classes = ()  # there is nothing
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (DRF's own signature)
        """Refuse, whatever the method."""
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound(NO_PATH, "api.no_path")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401
        """Never get here: `initial` refuses."""
        raise NotImplementedError
