"""django-tenants' commands that would go round the template, the grants or the scope say what to type instead."""

import pytest
from django.core.management import ManagementUtility, get_commands, load_command_class

from tenants.management.switched_off import SwitchedOff

OFF = {
    name: load_command_class(app, name)
    for name, app in get_commands().items()
    if app == "tenants" and isinstance(load_command_class(app, name), SwitchedOff)
}


def test_no_command_of_django_tenants_is_left_as_it_was() -> None:
    assert [name for name, app in get_commands().items() if app == "django_tenants"] == []
    assert len(OFF) == 10


@pytest.mark.parametrize("options", [[], ["--schema=t_cedar"], ["--help"], ["t_cedar", "migrate", "--x", "-v", "3"]])
@pytest.mark.parametrize("name", OFF)
def test_switched_off_command_refuses_with_its_hint_whatever_options_come(
    name: str, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = OFF[name]
    assert isinstance(command, SwitchedOff)

    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", name, *options]).execute()

    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (1, "")
    assert err == f"CommandError: This command of django-tenants is switched off: {command.why}. {command.instead}\n"
