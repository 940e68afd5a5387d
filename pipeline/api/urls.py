"""/v1, and the keys that verify its tokens where everyone looks for them."""

from django.urls import path, re_path

from pipeline.api import calls, crms, deliveries, pauses, recent, steps, tokens, views

urlpatterns = [
    path("v1/auth/token", tokens.Token.as_view(), name="api_token"),
    path("v1/auth/refresh", tokens.Refresh.as_view(), name="api_refresh"),
    path(".well-known/jwks.json", tokens.PublicKeys.as_view(), name="api_keys"),
    path("v1/calls", calls.Calls.as_view(), name="api_calls"),
    path("v1/calls/<int:pk>", calls.OneCall.as_view(), name="api_call"),
    path("v1/calls/<int:pk>/replay", calls.CallReplay.as_view(), name="api_call_replay"),
    path("v1/deliveries", deliveries.Deliveries.as_view(), name="api_deliveries"),
    path("v1/deliveries/<int:pk>", deliveries.OneDelivery.as_view(), name="api_delivery"),
    path("v1/steps", steps.Steps.as_view(), name="api_steps"),
    path("v1/steps/<int:pk>", steps.OneStep.as_view(), name="api_step"),
    path("v1/pauses", pauses.Pauses.as_view(), name="api_pauses"),
    path("v1/pauses/<int:pk>", pauses.OnePause.as_view(), name="api_pause"),
    path("v1/crms", crms.Crms.as_view(), name="api_crms"),
    path("v1/crms/<slug:slug>", crms.OneCrm.as_view(), name="api_crm"),
    path("v1/errors", recent.Errors.as_view(), name="api_errors"),
    path("v1/schema", views.Schema.as_view(), name="api_schema"),
    path("v1/docs", views.Docs.as_view(), name="api_docs"),
    re_path(r"^v1/[\s\S]*$", views.Missing.as_view(), name="api_missing"),
]
