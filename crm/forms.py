"""The form of a connection, drawn from what its connector needs."""

from collections.abc import Mapping

from django import forms

from crm.sync.provider import ConfigField

LONGEST = 1000
KEPT = "Stored. Leave it empty to keep it."


class ConnectionForm(forms.Form):
    """Credentials and options; a stored secret is never shown, an empty field keeps what is stored."""

    def __init__(
        self, fields: tuple[ConfigField, ...], kept: Mapping[str, str], data: object = None, *, has_secrets: bool
    ) -> None:
        super().__init__(data, initial=dict(kept))  # type: ignore[arg-type]  # a QueryDict or None
        for field in fields:
            is_kept = has_secrets if field.secret else field.name in kept
            help_text = " ".join(filter(None, [field.help, KEPT if field.secret and has_secrets else ""]))
            self.fields[field.name] = forms.CharField(
                label=field.label,
                max_length=LONGEST,
                required=field.required and not is_kept,
                help_text=help_text,
                widget=forms.PasswordInput if field.secret else forms.TextInput,
                error_messages={"required": f"{field.label} is missing. Enter it."},
            )
