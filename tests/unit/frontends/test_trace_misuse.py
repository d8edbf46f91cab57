"""What an agent must not do with values that exist only when it runs: located errors with the fix."""

import pytest

REPLY = "return ac.llm('m', '{q}')(q=question)"

# body, the column of its first line that the error points at (0: any), words of the message, of the hint
SYMBOLS = [
    ("if question:\n    pass", 4, "Python `if`", "ac.cond"),
    ("if not question:\n    pass", 4, "Python `if`", "ac.cond"),
    ("if question and 1:\n    pass", 4, "Python `if`", "ac.cond"),
    ("x = 1 if question else 2", 10, "Python `if`", "ac.cond"),
    ("while question:\n    pass", 7, "Python `while`", "ac.loop"),
    ("for c in question:\n    pass", 10, "Python `for`", "ac.map"),
    ("x = [c for c in question]", 17, "comprehension", "ac.map"),
    ("x = [1 for c in 'ab' if question]", 25, "comprehension", "ac.map"),
    ("assert question", 8, "`assert`", "@ac.compute"),
    ("x = bool(question)", 5, "truth value", "ac.cond"),
    ("x = not question", 5, "truth value", "ac.cond"),
    ("x = question and 1", 5, "truth value", "ac.cond"),
    ("x = any([question])", 5, "truth value", "ac.cond"),
    ("x = len(question)", 5, "len()", "@ac.compute"),
    ("x = int(question)", 5, "int()", "@ac.compute"),
    ("x = float(question)", 5, "float()", "@ac.compute"),
    ("x = 'abc'[question]", 5, "used as a number", "@ac.compute"),
    ("x = str(question)", 5, "str()", "ac.llm"),
    ("print(question)", 1, "print()", "ac.llm"),
    ("x = f'say {question}'", 0, "f-string", "ac.llm"),
    ("x = 'say ' + question", 5, "joined", "ac.llm"),
    ("x = question + '!'", 5, "joined", "ac.llm"),
    ("x = '%s' % question", 5, "str()", "ac.llm"),
    ("x = -question", 5, "arithmetic", "@ac.compute"),
    ("if question == 'hi':\n    pass", 4, "==", "ac.cond"),
    ("x = question != 'hi'", 5, "!=", "ac.cond"),
    ("x = question < 'hi'", 5, "<", "ac.cond"),
    ("x = 'a' in question", 5, "`in`", "ac.cond"),
    ("x = question[0]", 5, "indexed", "@ac.compute"),
    ("question[0] = 'a'", 1, "changed", "@ac.compute"),
    ("x = question.upper()", 5, "'upper'", "@ac.compute"),
    ("question.seen = 1", 1, "'seen'", "@ac.compute"),
    ("a, b = question", 8, "unpacked", "@ac.compute"),
    ("x = list(question)", 5, "iterated", "ac.map"),
    ("x = question()", 5, "called", "tools"),
    ("x = reversed(question)", 5, "reversed", "@ac.compute"),
    ("with question:\n    pass", 0, "`with`", "@ac.compute"),
]


@pytest.mark.parametrize(("body", "column", "message", "hint"), SYMBOLS, ids=[s[0] for s in SYMBOLS])
def test_a_symbol_is_only_handed_on(refuse_body, app, body, column, message, hint):  # noqa: PLR0917 (a table)
    found = refuse_body(f"{body}\n{REPLY}")
    assert found.location.file == str(app)
    assert found.location.line == app.read_text().count("\n", 0, app.read_text().index("def answer")) + 2
    assert not column or found.location.col == column + 4
    assert "'question' is known only when the agent runs" in found.message
    assert message in found.message
    assert hint in found.hint


def test_an_except_clause_does_not_hide_misuse(refuse_body):
    found = refuse_body(f"try:\n    x = len(question)\nexcept Exception:\n    x = 0\n{REPLY}")
    assert "len()" in found.message


def test_columns_count_characters(refuse_body, place):
    found = refuse_body(f"x = ('ä', len(question))\n{REPLY}")
    assert str(found.location) == place("len(question)")


def test_text_functions_that_meet_a_symbol(refuse_body, place):
    found = refuse_body(f"x = ''.join([question])\n{REPLY}")
    assert str(found.location) == place("''.join")
    assert "TypeError" in found.message
    assert "@ac.compute" in found.hint


def test_a_symbol_inside_a_list_argument(refuse_body, place):
    found = refuse_body(f"x = web_search([question])\n{REPLY}")
    assert str(found.location) == place("web_search([")
    assert "one by one" in found.hint


# body, pointed at, message, hint
CALLS = [
    ("return ac.llm('m', 'Answer {question}.')()", "ac.llm", "{question} is not given", "question=..."),
    ("return ac.llm('m', 'Answer {qestion}.')(question=question)", "ac.llm", "{qestion}", "question"),
    ("return ac.llm('m', 'Answer.')(q=question)", "ac.llm", "no {q}", "write {q}"),
    ("return ac.llm('m', question)()", "ac.llm", "prompt must be fixed text", "placeholders"),
    ("return ac.llm('', 'p')()", "ac.llm", "model=''", ""),
    ("return ac.llm('m', 'p', precision='fp12')()", "ac.llm", "precision", "fp8"),
    ("return ac.llm('m', 'p', output_tokens=0)()", "ac.llm", "output_tokens", ""),
    ("return ac.llm('m', 'p', temperature=-1)()", "ac.llm", "temperature", ""),
    ("return web_search()", "web_search()", "missing a required argument: 'query'", "web_search(query"),
    ("return web_search(question, reslts=2)", "web_search(", "reslts", "results"),
    ("return web_search({1: {2}})", "web_search(", "neither text", ""),
    ("return docs.search(question, k=0)", "docs.search", "k=0", ""),
    ("return ac.llm('m', 'p', input_tokens=10**400)()", "ac.llm", "input_tokens=more than 1e20", ""),
    ("return ac.llm('m', 'p', output_tokens=1e308)()", "ac.llm", "at most 1e+08", ""),
    ("return ac.llm('m', 'p', output_tokens=float('inf'))()", "ac.llm", "output_tokens=inf", ""),
    ("return ac.loop(lambda q: q, question, max_trips=10**7)", "ac.loop", "at most 1e+06", ""),
    ("return docs.search(question, k=2.5)", "docs.search", "k=2.5 must be a whole number", ""),
    ("return docs.search(question, k=question)", "docs.search", "k=<text question>", ""),
    ("return docs.search(question, id=5)", "docs.search", "5 cannot be an id", ""),
    ("return docs.search(lambda: 1)", "docs.search", "the query is a function", ""),
    ("return ac.speak(ac.transcribe(question, 'w'), 'k')", "ac.transcribe", "not speech", "bytes"),
    ("return ac.llm('m', 'p', id='a b')()", "ac.llm", "'a b' cannot be an id", "letters"),
]


@pytest.mark.parametrize(("body", "where", "message", "hint"), CALLS, ids=[c[0] for c in CALLS])
def test_wrong_calls(refuse_body, place, body, where, message, hint):  # noqa: PLR0917 (a table)
    found = refuse_body(body)
    assert str(found.location) == place(where)
    assert message in found.message
    assert hint in found.hint


def test_an_id_that_two_calls_state(refuse_body, place):
    body = "a = docs.search(question, id='x')\nb = docs.search(question, k=2, id='x')\nreturn [a, b]"
    found = refuse_body(body)
    assert found.message == "two operators have the id 'x'"
    assert str(found.location) == place("docs.search(question, k=2")
    assert found.hint == f"the other is at {place('docs.search(question, id')}"


def test_speech_is_not_text(refuse_file, place):
    found = refuse_file(
        "import agentc as ac\n@ac.agent\ndef answer(s: bytes):\n    return ac.llm('m', '{s}')(s=s)\n"
    )
    assert str(found.location) == place("ac.llm")
    assert "'s' is audio, where text is needed" in found.message
    assert "ac.transcribe" in found.hint


# decorator or statement at the top of a file, pointed at, message
DECLARATIONS = [
    ("@ac.agent(slo=ac.SLO(e2e='8 parsecs'))", "ac.SLO", "'8 parsecs' is not a duration"),
    ("@ac.agent(slo=ac.SLO(e2e='-8s'))", "ac.SLO", "not above zero"),
    ("@ac.agent(slo=ac.SLO(availability=2))", "ac.SLO", "availability: 2 is not between 0 and 1"),
    ("@ac.agent(slo=ac.SLO(soft_usd_per_ms=-1))", "ac.SLO", "soft_usd_per_ms"),
    ("@ac.agent(slo='8s')", "ac.agent", "slo='8s' is not an SLO"),
    ("@ac.agent(load=ac.Load('-5/s'))", "ac.Load", "the rate '-5/s' is not above zero"),
    ("@ac.agent(load=ac.Load('many'))", "ac.Load", "'many' is not a rate"),
    ("@ac.agent(load=5)", "ac.agent", "load=5 is not a Load"),
    ("@ac.tool(latency_ms=(900, 120))", "ac.tool", "the median is above"),
    ("@ac.tool(latency_ms=(1, 2, 3))", "ac.tool", "not (median, p95)"),
    ("@ac.tool(latency_ms=-1)", "ac.tool", "latency_ms=-1"),
    ("@ac.tool(memory_mb=0)", "ac.tool", "memory_mb=0"),
    ("@ac.tool(usd_per_call=-1)", "ac.tool", "usd_per_call=-1"),
    ("@ac.tool(effects='some')", "ac.tool", "effects='some'"),
    ("@ac.compute(cpu_ms=-1)", "ac.compute", "cpu_ms=-1"),
    ("@ac.test(effects='some')", "ac.test", "effects='some'"),
]


@pytest.mark.parametrize(("line", "where", "message"), DECLARATIONS, ids=[d[0] for d in DECLARATIONS])
def test_wrong_declarations(refuse_file, place, line: str, where: str, message: str):
    text = (
        f"import agentc as ac\n{line}\n"
        f"def answer(question: str):\n    return ac.llm('m', '{{q}}')(q=question)\n"
    )
    found = refuse_file(text)
    at = place(line, line.index(where))
    # A decorator that only fails when it meets the function is reported where it stands.
    assert str(found.location) == at
    assert message in found.message


@pytest.mark.parametrize(
    "line", ["s = ac.store('')", "s = ac.store('c', vectors=0)", "t = ac.tool('mcp:server')"]
)
def test_wrong_stores_and_servers(refuse_file, place, line: str):
    found = refuse_file(f"import agentc as ac\n{line}\n")
    assert str(found.location) == place(line, 4)


@pytest.mark.parametrize("parameter", ["*args", "**options", "query, /"])
def test_parameters_need_names(refuse_file, parameter: str):
    found = refuse_file(f"import agentc as ac\n\n@ac.tool\ndef search({parameter}):\n    return ''\n")
    assert (found.location.line, found.location.col) == (4, 1)
    assert "names of their own" in found.message


def test_an_agent_without_a_result(refuse_body, place):
    found = refuse_body("web_search(question)")
    assert str(found.location) == place("def answer")
    assert "returns nothing" in found.message


def test_an_agent_without_operators(refuse_body, place):
    found = refuse_body("return question")
    assert str(found.location) == place("def answer")
    assert "no operator" in found.message


def test_an_async_agent(refuse_file, place):
    found = refuse_file(
        "import agentc as ac\n@ac.agent\nasync def answer(question: str):\n    return question\n"
    )
    assert str(found.location) == place("async def")
    assert "plain function" in found.message


def test_an_agent_that_calls_itself(refuse_body, place):
    found = refuse_body("return answer(question)")
    assert str(found.location) == place("answer(question)")
    assert "calls itself" in found.message
    assert "ac.loop" in found.hint


def test_a_recursion_that_never_ends(refuse_file, place):
    found = refuse_file(
        "import agentc as ac\n@ac.agent\ndef answer(q: str, n: int = 0):\n    return answer(q, n=n + 1)\n"
    )
    assert str(found.location) == place("answer(q, n=n")
    assert "calls itself" in found.message


def test_agents_that_call_each_other(refuse_file, place):
    found = refuse_file(
        "import agentc as ac\n"
        "@ac.agent\ndef other(q: str):\n    return answer(q)\n"
        "@ac.agent\ndef answer(q: str):\n    return other(q)\n"
    )
    assert str(found.location) == place("answer(q)\n@")
    assert "'answer' calls itself" in found.message


def test_a_value_of_another_agent(refuse_file, place):
    found = refuse_file(
        "import agentc as ac\nkept = []\n"
        "@ac.agent\ndef inner(q: str):\n    return ac.llm('m', '{q} {k}')(q=q, k=kept[0])\n"
        "@ac.agent\ndef answer(question: str):\n    kept.append(question)\n    return inner(question)\n"
    )
    assert str(found.location) == place("ac.llm")
    assert "'question' is a value of the agent 'answer', used while 'inner' is traced" in found.message


def test_an_exception_of_the_body(refuse_body, place):
    found = refuse_body("x = {}['missing']\nreturn question")
    assert str(found.location) == place("{}['missing']")
    assert "KeyError: 'missing'" in found.message


def test_an_exception_in_a_library_points_at_the_users_line(refuse_body, place):
    found = refuse_body("import json\nx = json.loads('{')\nreturn question")
    assert str(found.location) == place("json.loads")
    assert "JSONDecodeError" in found.message


def test_operators_outside_of_an_agent(refuse_file, place):
    for line in (
        "docs.search('q')",
        "ac.llm('m', 'p')()",
        "ac.loop(print, 1, max_trips=2)",
        "ac.speak('t', 'm')",
    ):
        found = refuse_file(f"import agentc as ac\ndocs = ac.store('c')\nx = {line}\n")
        assert str(found.location) == place(line), line
        assert "only inside an agent" in found.message


def test_an_agent_outside_of_a_compile(refuse_file, place):
    found = refuse_file(
        "import agentc as ac\n@ac.agent\n"
        "def answer(q: str):\n    return ac.llm('m', '{q}')(q=q)\nanswer('hi')\n"
    )
    assert str(found.location) == place("answer('hi')")
    assert "runs only when compiled" in found.message
    assert "agentc compile" in found.hint


def test_a_function_that_a_program_could_not_find(refuse_body, place):
    found = refuse_body("@ac.tool\ndef inner(q: str) -> str:\n    return q\nreturn inner(question)")
    assert str(found.location) == place("def inner")
    assert "top level" in found.hint
