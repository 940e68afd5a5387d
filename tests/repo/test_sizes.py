"""The house style's limits hold, and the check that says so can say no."""

import ast

import pytest

from deploy import sizes


def module(name: str, text: str) -> sizes.Module:
    return sizes.Module(sizes.ROOT / name, text.splitlines(), ast.parse(text))


def test_no_function_or_file_is_too_large_and_no_name_is_empty() -> None:
    found = sizes.modules()

    assert sizes.too_large(found) + sizes.badly_named(found) == []


def test_nine_functions_in_ten_are_short() -> None:
    lengths = [
        sizes.length(function)
        for one in sizes.modules()
        if one.group not in sizes.APART
        for function in one.functions()
    ]

    assert sum(length <= sizes.SHORT_FUNCTION for length in lengths) >= 0.9 * len(lengths)


def test_function_of_51_lines_is_refused() -> None:
    body = "def run() -> None:\n" + "    pass\n" * 50

    assert sizes.too_large([module("calls/webhook/receive.py", body)]) == [
        "calls/webhook/receive.py:1: run has 51 lines, 50 at most. Give its parts names."
    ]


def test_file_of_401_lines_is_refused() -> None:
    assert sizes.too_large([module("calls/webhook/receive.py", "A = 1\n" * 401)]) == [
        "calls/webhook/receive.py: 401 lines, 400 at most. Split it by what it does."
    ]


def test_function_of_50_lines_and_file_of_400_are_taken() -> None:
    text = "def run() -> None:\n" + "    pass\n" * 49 + "A = 1\n" * 350

    assert sizes.too_large([module("calls/webhook/receive.py", text)]) == []


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("calls/utils.py", "utils"),
        ("calls/helpers/read.py", "helpers"),
        ("crm/base_client.py", "base_client"),
        ("crm/process_lead.py", "process_lead"),
    ],
)
def test_module_whose_name_says_nothing_is_refused(name: str, part: str) -> None:
    assert sizes.badly_named([module(name, "")]) == [
        f"{name}: {part!r} does not say what is in it. Name it by its noun or verb."
    ]


def test_function_and_class_whose_names_say_nothing_are_refused() -> None:
    text = "def process_call(): ...\nclass CallManager: ...\n"

    assert sizes.badly_named([module("calls/call/merge.py", text)]) == [
        "calls/call/merge.py:1: process_call does not say what it does.",
        "calls/call/merge.py:2: CallManager does not say what it is.",
    ]


def test_names_that_a_base_class_chose_are_taken() -> None:
    text = "class UserManager(BaseUserManager): ...\nclass Door(BaseHTTPRequestHandler):\n    def do_POST(self): ...\n"

    assert sizes.badly_named([module("tenants/models.py", text)]) == []
