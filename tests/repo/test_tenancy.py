"""The traps of tenancy that can be seen in the code itself; each rule is shown to find what it is for."""

import ast
from collections.abc import Callable, Iterator

import pytest

from deploy import sizes
from tests.repo.sources import product, python

SWITCHES = {
    "tenant_context": {"tenants/scope.py"},
    "schema_context": {"tenants/scope.py"},
    "set_tenant": set(),
    "set_schema": {"tenants/schemas/migrate.py"},
    "set_schema_to_public": {"tenants/schemas/migrate.py", "tenants/middleware.py"},
}
"""What makes a schema the active one, and who may use it."""
KNOWS_SCHEMAS = ("tenants/", "calls/webhook/", "calls/recording/storage.py")
"""Who may ask for a schema's name: the intake writes many tenants' rows in one commit, a folder is named after it."""
STREAMS = {"StreamingHttpResponse", "FileResponse", "streaming_content"}
SENDS_FILES = {"tenants/access/pages.py", "calls/views.py"}
"""Who may send an open file: to read on takes no schema. `member_required` refuses a FileResponse of anything else."""
PUBLISHES = {"send_task", "apply_async", "delay", "signature", "subtask"}
LATER = {"countdown", "eta", "link", "link_error", "chain", "chord"}
LONGEST_WAIT = 60
CELERY = "pipeline/celery.py"

Rule = Callable[[sizes.Module], Iterator[str]]


def enters_a_schema(module: sizes.Module) -> Iterator[str]:
    """Yield every use of what makes a schema the active one, outside the modules that may."""
    for name, line in names(module):
        if module.name not in SWITCHES.get(name, {module.name}):
            yield f"{module.name}:{line}: {name}; use tenants.scope.scope(tenant)"


def asks_for_a_schemas_name(module: sizes.Module) -> Iterator[str]:
    """Yield every use of a schema's name outside tenancy and intake: what is built of it goes round the scope."""
    if module.name.startswith(KNOWS_SCHEMAS):
        return
    for name, line in names(module):
        if name == "schema_name":
            yield f"{module.name}:{line}: schema_name"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "search_path" in node.value:
            yield f"{module.name}:{node.lineno}: search_path"


def streams(module: sizes.Module) -> Iterator[str]:
    """Yield every answer whose body is made after the view returned, outside the tenant's schema."""
    for name, line in names(module):
        if name in STREAMS and not (name == "FileResponse" and module.name in SENDS_FILES):
            yield f"{module.name}:{line}: {name}; read it whole inside the view"


def publishes_tasks(module: sizes.Module) -> Iterator[str]:
    """Yield every Celery message that is no hint: a link of a chain would run in `public`, a late one be lost."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in PUBLISHES and module.name != CELERY:
            yield f"{module.name}:{node.lineno}: {name}; make a step due"
        for keyword in node.keywords:
            if keyword.arg in LATER and not _is_short(keyword):
                yield f"{module.name}:{node.lineno}: {keyword.arg}=; make a step due with a delay"


def names(module: sizes.Module) -> Iterator[tuple[str, int]]:
    """Yield every name that the code uses, imports or takes as an attribute, with its line."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                yield name, node.lineno
            case ast.ImportFrom(names=imported):
                yield from ((one.name, node.lineno) for one in imported)


def _is_short(keyword: ast.keyword) -> bool:
    value = keyword.value
    is_number = isinstance(value, ast.Constant) and isinstance(value.value, int | float)
    return keyword.arg == "countdown" and is_number and value.value <= LONGEST_WAIT  # type: ignore[attr-defined]


RULES = [enters_a_schema, asks_for_a_schemas_name, streams, publishes_tasks]


@pytest.mark.parametrize("rule", RULES)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    assert [text for module in product() for text in rule(module)] == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (enters_a_schema, "from django_tenants.utils import schema_context"),
        (enters_a_schema, "from django_tenants import utils\nwith utils.tenant_context(t): pass"),
        (enters_a_schema, "connection.set_tenant(t)"),
        (enters_a_schema, "connection.set_schema('t_cedar')"),
        (asks_for_a_schemas_name, "f'SELECT * FROM {tenant.schema_name}.calls_call'"),
        (asks_for_a_schemas_name, "cursor.execute('SET search_path = x')"),
        (streams, "from django.http import StreamingHttpResponse"),
        (streams, "http.FileResponse(file)"),
        (streams, "response.streaming_content = parts"),
        (publishes_tasks, "run_step.delay(step_id=1)"),
        (publishes_tasks, "run_step.apply_async(kwargs={})"),
        (publishes_tasks, "app.send_task('pipeline.step')"),
        (publishes_tasks, "publish('x', countdown=61)"),
        (publishes_tasks, "publish('x', countdown=seconds)"),
        (publishes_tasks, "publish('x', eta=tomorrow)"),
        (publishes_tasks, "publish('x', link=other)"),
    ],
)
def test_the_rule_finds_what_it_is_for(rule: Rule, code: str) -> None:
    module = sizes.Module(sizes.ROOT / "crm/sync/stray.py", code.splitlines(), ast.parse(code))

    assert len(list(rule(module))) >= 1


def test_a_wait_of_a_minute_may_lie_in_the_broker() -> None:
    code = "publish('x', countdown=60)"

    assert list(publishes_tasks(sizes.Module(sizes.ROOT / "crm/x.py", [code], ast.parse(code)))) == []


def test_no_body_of_a_task_publishes_another() -> None:
    tree = python(CELERY)
    tasks = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.decorator_list]
    hints = {"hint", "producer_pool", *PUBLISHES}

    used = {node.id for task in tasks for node in ast.walk(task) if isinstance(node, ast.Name)}
    used |= {node.attr for task in tasks for node in ast.walk(task) if isinstance(node, ast.Attribute)}

    assert {task.name for task in tasks} == {"run_step", "keep_house"}
    assert used & hints == set()


def test_only_the_relay_gives_hints() -> None:
    users = [
        module.name
        for module in product()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "pipeline.celery"
    ]

    assert users == ["pipeline/support/management/commands/relay.py"]
