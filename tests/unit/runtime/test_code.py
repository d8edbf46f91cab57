"""The user's functions: found in the snapshot, bound by name, called, their failures told."""

from __future__ import annotations

import asyncio
import sys

import pytest

from agentc.runtime import code
from agentc.runtime.builtins import find_builtin
from agentc.runtime.errors import StepError
from agentc.runtime.settings import CodeSetting

SOURCE = """
import functools
from neighbor import GREETING

def plain(name: str, times: int = 1) -> str:
    return " ".join([GREETING, name] * times)

async def later(name):
    return name.upper()

def decorate(fn):
    @functools.wraps(fn)
    def wrapped(*args):
        raise AssertionError("the wrapper must not be called")
    return wrapped

@decorate
def wrapped(x):
    return x + 1

def fails(x):
    return 1 / x

def exits(x):
    raise SystemExit(3)

NUMBER = 5
"""


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "tools_of_test.py").write_text(SOURCE)
    (folder / "neighbor.py").write_text('GREETING = "hello"\n')
    (folder / "broken.py").write_text("import nothing_like_this\n")
    path, modules = list(sys.path), set(sys.modules)
    yield code.Code(folder)
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def where(name: str, **arguments: str) -> CodeSetting:
    return CodeSetting(python=f"tools_of_test.py:{name}", arguments=arguments)


def call(app, name, inputs, values, **constants):
    setting = where(name, **constants)
    fn = app.find(setting)
    return asyncio.run(code.call(fn, code.bind(fn, name, setting, inputs, values)))


def test_arguments_go_by_name_and_constants_with_them(app):
    assert call(app, "plain", ["name"], ["Ada"]) == "hello Ada"
    assert call(app, "plain", ["name"], ["Ada"], times="2") == "hello Ada hello Ada"
    assert call(app, "plain", [], ["Ada", 2]) == "hello Ada hello Ada"
    assert call(app, "plain", ["times", "name"], ["2", "Ada"]) == "hello Ada hello Ada"


def test_coroutines_are_awaited_and_wrappers_left_out(app):
    assert call(app, "later", ["name"], ["x"]) == "X"
    assert call(app, "wrapped", ["x"], [1]) == 2


@pytest.mark.parametrize(
    ("inputs", "values", "said"),
    [
        (["nam"], ["Ada"], "unexpected keyword argument 'nam'|missing a required argument: 'name'"),
        (["times"], [2], "missing a required argument: 'name'"),
        ([], ["a", 1, 2], "too many positional arguments"),
        (["name", "times"], ["a", "many"], "times='many' is no int"),
    ],
)
def test_wrong_arguments_are_told_before_the_call(app, inputs, values, said):
    fn = app.find(where("plain"))
    with pytest.raises(StepError, match=f"wrong arguments for plain: .*({said})"):
        code.bind(fn, "plain", where("plain"), inputs, values)


def test_a_failure_says_what_and_on_which_line(app):
    with pytest.raises(StepError, match=r"ZeroDivisionError: division by zero \(line \d+ of .*tools_of_test"):
        call(app, "fails", ["x"], [0])
    with pytest.raises(StepError, match="SystemExit: 3"):
        call(app, "exits", ["x"], [0])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (CodeSetting(python="tools_of_test.py:nobody"), "has no function 'nobody'"),
        (CodeSetting(python="tools_of_test.py:NUMBER"), "has no function 'NUMBER'"),
        (CodeSetting(python="none.py:f"), "importing none.py failed: FileNotFoundError"),
        (CodeSetting(python="broken.py:f"), "importing broken.py failed: ModuleNotFoundError: No module"),
        (CodeSetting(python="../tools.py:f"), "lies outside the program"),
        (CodeSetting(python="no.such.module:f"), "importing no.such.module failed"),
    ],
)
def test_what_is_not_there_is_told(app, setting, said):
    with pytest.raises(StepError, match=said):
        app.find(setting)


def test_a_module_outside_the_agents_folder_is_imported(app):
    assert app.find(CodeSetting(python="json:dumps"))([1]) == "[1]"


def test_a_file_named_like_a_library_does_not_replace_it(app, tmp_path):
    (tmp_path / "app" / "json.py").write_text("def dumps(x):\n    return 'mine'\n")
    assert app.find(CodeSetting(python="json.py:dumps"))(1) == "mine"
    assert sys.modules["json"].dumps([1]) == "[1]"


@pytest.mark.parametrize(
    ("result", "kinds", "given"),
    [
        ("a", ("text",), "a"),
        (3, ("text",), "3"),
        ((1, 2), ("json",), [1, 2]),
        ([1, "b"], ("json", "text"), (1, "b")),
        (0, ("i1",), False),
        (b"x", ("audio",), b"x"),
        ("ignored", (), None),
    ],
)
def test_results_are_what_the_graph_says(result, kinds, given):
    assert code.to_kinds(result, kinds, "f") == given


@pytest.mark.parametrize(
    ("result", "kinds", "said"),
    [
        (None, ("text",), "f returned None in place of text"),
        ("a", ("audio",), "f returned str in place of audio"),
        ([1], ("json", "json"), "f must return 2 values"),
        (object(), ("json",), "has no JSON form"),
    ],
)
def test_other_results_are_refused(result, kinds, said):
    with pytest.raises(StepError, match=said):
        code.to_kinds(result, kinds, "f")


def test_builtins():
    assert find_builtin("contains")("The Cache", "cache")
    assert not find_builtin("contains")(["a"], "b")
    assert find_builtin("join")("a", {"b": 1}) == 'a\n\n{"b": 1}'
    assert find_builtin("lines")(" a \n\nb") == ["a", "b"]
    with pytest.raises(StepError, match="there is no builtin:contain") as caught:
        find_builtin("contain")
    assert "contains" in caught.value.hint
