"""`verify` accepts what placement wrote and catches every kind of corruption.

Each mutation changes one thing in a true manifest, as a mistake or a hand edit would.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from agentc.cli.main import group
from agentc.diagnostics import AgentcError
from agentc.placement import place
from agentc.placement.verify import verify_manifest
from agentc.plan import to_json


@pytest.fixture(scope="module")
def metered(paper):
    """The worked example: transfers, a limit met exactly."""
    graph, fleet = paper
    return json.loads(to_json(place(graph(e2e_ms_p95=120.0), fleet)))


@pytest.fixture(scope="module")
def soft(paper):
    """The worked example with a soft limit that is missed."""
    graph, fleet = paper
    return json.loads(to_json(place(graph(e2e_ms_p95=120.0, soft_usd_per_ms=0.0008), fleet)))


@pytest.fixture(scope="module")
def loaded(rag, mixed):
    """An agent with a load on tiers with counts: replicas, waits, first token."""
    plan = place(rag(30.0, e2e_ms_p95=4000.0, ttft_ms_p95=900.0, tpot_ms_p95=40.0), mixed)
    return json.loads(to_json(plan))


RULED_FLEET = """
tiers:
  - {name: big, device: H100-SXM, count: 8, usd_per_hour: 2.95}
  - {name: small, device: L4, count: 16, usd_per_hour: 0.8}
  - {name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4, spot: {interruptions_per_hour: 0.1}}
  - {name: hosts, device: m7i.2xlarge, usd_per_hour: 0.5}
rules:
  - {operators: [draft], tiers: [big, small]}
  - {operators: [hits], together: true}
  - {operators: [cite, facts], apart: true}
  - {operators: [facts], min_replicas: 2}
  - {operators: [draft], max_replicas: 16}
  - {budget_usd_per_hour: 100}
"""


@pytest.fixture(scope="module")
def ruled(rag, fleet_of):
    """An agent under every kind of rule."""
    return json.loads(to_json(place(rag(3.0, availability=0.999), fleet_of(RULED_FLEET))))


@pytest.fixture(scope="module")
def fronted(rag, mixed):
    """A plan with the front of cost and latency."""
    return json.loads(to_json(place(rag(5.0), mixed, objective="pareto")))


@pytest.fixture(scope="module")
def green(rag, mixed):
    """A plan of least carbon."""
    return json.loads(to_json(place(rag(5.0), mixed, objective="carbon")))


@pytest.fixture(scope="module")
def flow(shaped, mixed):
    """An agent with a loop, a branch and a map."""
    return json.loads(to_json(place(shaped(2.0, e2e_ms_p95=9000.0), mixed)))


def failures(manifest):
    return verify_manifest(json.dumps(manifest).encode())


@pytest.mark.parametrize("name", ["metered", "soft", "loaded", "flow", "ruled", "fronted", "green"])
def test_a_true_plan_holds(name, request):
    assert failures(request.getfixturevalue(name)) == []


# --- mutations: (name, base, change, words of the failure) ------------------------------------------


def op(m, id):
    return next(o for o in m["operators"] if o["id"] == id)


def on(m, id):
    return next(p for p in m["pools"] if p["id"] == op(m, id)["pool"])


def tier(m, name):
    return next(t for t in m["tiers"] if t["name"] == name)


def put(*path):
    """Set the last of `path` at the place that the others name."""

    def change(m):
        *way, key, value = path
        for step in way:
            m = m[step]
        m[key] = value

    return change


def grow(*path, by=1.1):
    """Multiply the figure at `path`."""

    def change(m):
        for step in path[:-1]:
            m = m[step]
        m[path[-1]] *= by

    return change


def move_operator(m):
    op(m, "prefill")["tier"] = "CO"


def swap_pools(m):
    a, b = op(m, "prefill"), op(m, "decode")
    a["pool"], a["tier"], b["pool"], b["tier"] = b["pool"], b["tier"], a["pool"], a["tier"]


def pay_more_for_a_visit(m):
    op(m, "draft.prefill")["usd_per_visit"] += 0.001


def fewer_devices(m):
    pool = on(m, "draft.decode")
    tier(m, pool["tier"])["count"] = pool["replicas"] * pool["devices"] - 1


def bigger_model(m):
    on(m, "draft.decode")["memory_gb"] += 1000.0


def bigger_index(m):
    on(m, "hits.lookup")["memory_gb"] += 100_000.0


def busier(m):
    op(m, "draft.decode")["busy_s"] *= 1.5


def overloaded(m):
    pool = on(m, "draft.decode")
    for o in m["operators"]:
        if o["pool"] == pool["id"]:
            o["busy_s"] *= 10
    pool["utilisation"] *= 10


def narrow_link(m):
    for link in m["links"]:
        link["gbps"] = 1e-6


def slow_link(m):
    for link in m["links"]:
        link["latency_us"] += 5000.0


def reorder_path(m):
    m["critical_path"].reverse()


def lengthen_path(m):
    m["critical_path"].insert(1, "facts" if "facts" not in m["critical_path"] else "hits.embed")


def shorten_path(m):
    m["critical_path"].remove("draft.decode")


def faster_median(m):
    op(m, "draft.decode")["latency_ms"] -= 5


def other_branch(m):
    branch = next(s for s in m["structure"] if isinstance(s, dict) and "branch" in s)
    branch["probabilities"] = [0.5, 0.5]


def more_trips(m):
    loop = next(s for s in m["structure"] if isinstance(s, dict) and "loop" in s)
    loop["trips"] = 3.0


def wider_map(m):
    found = next(s for s in m["structure"] if isinstance(s, dict) and "map" in s)
    found["width"] = 8


def no_longer_carried(m):
    next(e for e in m["edges"] if e["carried"])["carried"] = False


def drop_step(m):
    m["structure"].remove("plan")


def repeat_step(m):
    m["structure"].append("plan")


def role_of_another(m):
    on(m, "hits.embed")["role"] = "memory"


def lose_pool(m):
    m["pools"].remove(on(m, "hits.embed"))


def idle_pool(m):
    m["pools"].append({**copy.deepcopy(m["pools"][0]), "id": "nobody"})


def twin_pool(m):
    m["pools"].append(copy.deepcopy(m["pools"][0]))


def lose_operator(m):
    m["operators"].remove(op(m, "cite"))


def twin_operator(m):
    m["operators"].append(copy.deepcopy(op(m, "cite")))


def edge_to_nowhere(m):
    m["edges"][0]["to"] = "nobody"


def extra_transfer(m):
    m["transfers"].append({**m["transfers"][0], "from": "decode", "to": "prefill"})


def twin_link(m):
    m["links"].append(copy.deepcopy(m["links"][0]))


def link_to_nowhere(m):
    m["links"][0]["between"] = ["HP", "nobody"]


def soften(m):
    m["slo"][0]["soft"] = True


def say_missed(m):
    m["slo"][0]["met"] = False


def twin_limit(m):
    m["slo"].append(copy.deepcopy(m["slo"][0]))


def bound_above(m):
    m["solver"]["bound_usd_per_1k_requests"] = 96.0


def looser_proof(m):
    m["solver"]["bound_usd_per_1k_requests"] = 80.0


def gap_but_optimal(m):
    m["solver"] |= {"bound_usd_per_1k_requests": 76.0, "gap": 0.2}


def wait_beyond_latency(m):
    o = op(m, "draft.prefill")
    o["wait_ms_p95"] = o["latency_ms_p95"] + 1


def fewer_replicas(m):
    on(m, "draft.decode")["replicas"] += 1


def shared_host(m):
    return next(p for p in m["pools"] if p["role"] == "cpu")


def guest_on_an_accelerator(m):
    tier(m, shared_host(m)["tier"])["kind"] = "accelerator"


def held_by_nobody(m):
    shared_host(m)["memory_gb"] = 0.0


def more_at_once(m):
    shared_host(m)["max_batch"] += 1


def hungrier_visit(m):
    op(m, "facts")["visit_gb"] *= 2


def bigger_store(m):
    op(m, "hits.lookup")["holds_gb"] += 1.0


def one_store_for_two(m):
    op(m, "hits.lookup")["holds"] = op(m, "hits.embed")["holds"]


def host_of_a_model(m):
    op(m, "draft.decode")["pool"] = shared_host(m)["id"]
    op(m, "draft.decode")["tier"] = shared_host(m)["tier"]


def rule(m, kind):
    return next(c for c in m["constraints"] if c["kind"] == kind)


def set_rule(kind, key, value):
    def change(m):
        rule(m, kind)[key] = value(m) if callable(value) else value

    return change


def forget_tier(m):
    rule(m, "tiers")["tiers"].remove(op(m, "draft.decode")["tier"])


def rule_twice(m):
    m["constraints"].append(copy.deepcopy(m["constraints"][0]))


def no_spare(m):
    pool = next(p for p in m["pools"] if p["replicas"] > p["needed"])
    pool["needed"] = pool["replicas"]


def needs_too_few(m):
    pool = on(m, "draft.decode")
    for o in m["operators"]:
        if o["pool"] == pool["id"]:
            o["busy_s"] *= pool["needed"] / pool["utilisation"] / pool["replicas"]
    pool["utilisation"] = 1.0
    pool["needed"] = 0 if pool["needed"] == 1 else pool["needed"] - 1


def flakier(m):
    tier(m, on(m, "cite")["tier"])["up"] = 0.5


def never_up(m):
    tier(m, on(m, "cite")["tier"])["up"] = 0.0


def nothing_demanded(m):
    m["constraints"].remove(rule(m, "availability"))


def cache_refused(m):
    ends = [op(m, "draft.prefill")["tier"], op(m, "draft.decode")["tier"]]
    rule(m, "kv")["refused"].append(ends)


def off_the_front(m):
    m["front"] = m["front"][1:]


def worse_point(m):
    m["front"].append({**m["front"][-1], "e2e_ms_p95": m["front"][-1]["e2e_ms_p95"] + 1})


def dearer_tier(m):
    other = next(a for o in m["operators"] for a in o["alternatives"] if a["feasible"])
    other["total_usd_per_1k_requests"] *= 1.01


def better_than_the_best(m):
    other = next(a for o in m["operators"] for a in o["alternatives"] if a["feasible"])
    other["total_usd_per_1k_requests"] = other["usd_per_1k"] = 0.0


def rated_twice(m):
    others = next(o["alternatives"] for o in m["operators"] if o["alternatives"])
    others.append(others[0])


def possible_without_figures(m):
    other = next(a for o in m["operators"] for a in o["alternatives"])
    other |= {"feasible": True, "e2e_ms_p95": None}


def ruled_out_for_nothing(m):
    other = next(a for o in m["operators"] for a in o["alternatives"])
    other |= {"feasible": False, "why_not": ""}


def alternative(key, value):
    def change(m):
        next(a for o in m["operators"] for a in o["alternatives"])[key] = value

    return change


MUTATIONS = [
    ("another version", "metered", put("agentc", "2"), "version 2"),
    ("a bound of nothing", "metered", put("solver", "bound", 5.0), "beside no objective"),
    ("a mode of no name", "metered", put("mode", "rented"), "not one of"),
    ("a status of no name", "metered", put("solver", "status", "optimalx"), "not one of"),
    ("a basis of no name", "metered", put("operators", 0, "basis", "profilex"), "not one of"),
    ("an edge of no kind", "metered", put("edges", 0, "kind", "wish"), "not one of"),
    ("a field that no manifest has", "metered", put("zzz", 1), "has zzz"),
    ("a field lost that no check reads", "metered", lambda m: m["operators"][0].pop("loc"), "has no loc"),
    ("a count with a fraction", "metered", put("totals", "watts", "many"), "watts"),
    ("a link with one end", "metered", put("links", 0, "between", ["HP"]), "less than 2"),
    ("a link with three ends", "metered", put("links", 0, "between", ["HP", "CO", "HP"]), "more than 2"),
    ("a note that is no text", "metered", put("notes", [1]), "no string"),
    ("a wait without a load", "metered", put("operators", 0, "wait_ms_p95", 5.0), "no load to wait for"),
    ("an alternative's total", "metered", dearer_tier, "total_usd_per_1k_requests of"),
    ("an alternative's total under a soft limit", "soft", dearer_tier, "total_usd_per_1k_requests of"),
    ("an alternative's latency", "metered", alternative("latency_ms", 1.0), "e2e_ms_p95 of"),
    ("an alternative's end to end", "metered", alternative("e2e_ms_p95", 1.0), "e2e_ms_p95 of"),
    ("an alternative better than the best", "loaded", better_than_the_best, "better than the optimal"),
    ("an alternative twice", "loaded", rated_twice, "each once"),
    ("an alternative on its own tier", "loaded", alternative("tier", "moon"), "each once"),
    ("an alternative without figures", "loaded", possible_without_figures, "lacks"),
    ("an alternative ruled out for nothing", "loaded", ruled_out_for_nothing, "for no reason"),
    ("a plan that is not on its front", "fronted", off_the_front, "not on its own front"),
    ("a point of the front that is beaten", "fronted", worse_point, "no cheaper"),
    (
        "a point of the front elsewhere",
        "fronted",
        put("front", 0, "placement", {"cite": "moon"}),
        "places other",
    ),
    ("a point's money an hour", "fronted", grow("front", 0, "usd_per_hour"), "usd_per_hour of the front"),
    ("the energy", "green", grow("totals", "joules_per_request"), "joules_per_request"),
    ("the carbon", "green", grow("totals", "gco2_per_1k_requests"), "gco2_per_1k_requests"),
    ("another grid", "green", grow("tiers", 2, "gco2_per_kwh"), "gco2_per_1k_requests"),
    ("the objective of carbon", "green", grow("solver", "objective"), "solver.objective"),
    ("no objective of carbon", "green", put("solver", "objective", None), "solver.objective"),
    ("no bound of carbon", "green", put("solver", "bound", None), "solver.bound"),
    ("a rule's operator that is none", "ruled", set_rule("tiers", "operators", ["nobody"]), "not placed"),
    ("an operator where it may not be", "ruled", forget_tier, "value of the rule"),
    ("a rule of an unknown kind", "ruled", set_rule("tiers", "kind", "wish"), "not one of"),
    ("a rule twice", "ruled", rule_twice, "2 times"),
    ("a looser limit of a rule", "ruled", set_rule("tiers", "limit", 2), "in place of 0"),
    (
        "a rule allows no such tier",
        "ruled",
        set_rule("tiers", "tiers", ["big", "small", "moon"]),
        "not exist",
    ),
    ("a rule's value", "ruled", set_rule("together", "value", 2), "value of the rule"),
    (
        "operators together that are apart",
        "ruled",
        set_rule("together", "operators", ["cite", "facts"]),
        "broken",
    ),
    (
        "operators apart that are together",
        "ruled",
        set_rule("apart", "operators", ["hits.embed", "hits.lookup"]),
        "broken",
    ),
    ("fewer replicas than asked for", "ruled", set_rule("min_replicas", "limit", 9), "broken"),
    ("more replicas than allowed", "ruled", set_rule("max_replicas", "limit", 0), "broken"),
    ("dearer than the budget", "ruled", set_rule("budget", "limit", 0.5), "broken"),
    ("a KV cache that cannot cross", "ruled", cache_refused, "rules"),
    ("less available than demanded", "ruled", set_rule("availability", "limit", 0.9999999), "broken"),
    ("spares that are none", "ruled", no_spare, "availability"),
    ("fewer replicas needed than the load asks for", "ruled", needs_too_few, "needs"),
    ("flakier devices", "ruled", flakier, "availability"),
    ("devices that are never up", "ruled", never_up, "of the time"),
    ("availability that nobody demands", "ruled", nothing_demanded, "totals.availability"),
    ("the total availability", "ruled", put("totals", "availability", 1.0), "totals.availability"),
    ("an encoder as a guest of no CPU", "loaded", guest_on_an_accelerator, "cannot run on pool"),
    ("a host's memory forgotten", "loaded", held_by_nobody, "memory_gb"),
    ("more visits at once on a host", "loaded", more_at_once, "memory_gb"),
    ("a visit that takes more of a host", "loaded", hungrier_visit, "memory_gb"),
    ("a store that takes more of a host", "loaded", bigger_store, "memory_gb"),
    ("two residents counted as one", "loaded", one_store_for_two, "memory_gb"),
    ("a generating model on a shared host", "loaded", host_of_a_model, "cannot run on pool"),
    ("no longer JSON object", "metered", lambda m: m.pop("operators"), "no operators"),
    ("a field of the wrong type", "metered", put("totals", "e2e_ms_p95", "fast"), "e2e_ms_p95"),
    ("a structure that is none", "flow", put("structure", 0, {"spin": 1}), "structure"),
    ("tier of an operator", "metered", move_operator, "its pool"),
    ("pools swapped", "metered", swap_pools, "assignment"),
    ("an unknown pool", "metered", put("operators", 0, "pool", "nobody"), "does not exist"),
    ("a pool lost", "loaded", lose_pool, "does not exist"),
    ("a pool twice", "loaded", twin_pool, "2 times"),
    ("a pool nobody uses", "loaded", idle_pool, "serves no operator"),
    ("a pool of another role", "loaded", role_of_another, "cannot run on pool"),
    ("a pool on an unknown tier", "loaded", put("pools", 0, "tier", "nobody"), "tier"),
    ("a pool of another device", "loaded", put("pools", 0, "device", "A40"), "device"),
    ("a pool's tensor parallelism", "loaded", grow("pools", 0, "tp", by=2), "tp"),
    ("a pool's price", "loaded", grow("pools", 0, "usd_per_hour"), "usd_per_hour"),
    ("a pool's power", "loaded", grow("pools", 0, "watts"), "watts"),
    ("a pool's utilisation", "loaded", grow("pools", 0, "utilisation"), "utilisation"),
    ("a pool without replicas", "loaded", put("pools", 0, "replicas", 0), "no replica"),
    ("a replica that is not paid", "loaded", fewer_replicas, "usd_per_hour"),
    ("more memory than there is", "loaded", bigger_model, "GB"),
    ("more host memory than there is", "loaded", bigger_index, "GB"),
    ("more devices than there are", "loaded", fewer_devices, "devices of tier"),
    ("busier than said", "loaded", busier, "utilisation"),
    ("busier than possible", "loaded", overloaded, "of its capacity"),
    ("an operator lost", "loaded", lose_operator, "not placed"),
    ("an operator twice", "loaded", twin_operator, "2 times"),
    ("a step dropped", "flow", drop_step, "not in the structure"),
    ("a step repeated", "flow", repeat_step, "in the structure 2 times"),
    ("visits of an operator", "flow", grow("operators", 1, "visits"), "visits"),
    ("other probabilities", "flow", other_branch, "visits"),
    ("more trips", "flow", more_trips, "visits"),
    ("a wider map", "flow", wider_map, "e2e_ms"),
    ("a carried edge that is not", "flow", no_longer_carried, "e2e_ms"),
    ("an edge to nowhere", "loaded", edge_to_nowhere, "no operator"),
    ("an edge crossed too often", "metered", grow("edges", 0, "visits", by=2), "more often"),
    ("a result that is no operator", "metered", put("results", ["nobody"]), "no operator"),
    ("a transfer lost", "metered", put("transfers", []), "is missing"),
    ("a transfer too many", "metered", extra_transfer, "should not be there"),
    ("a transfer's bytes", "metered", grow("transfers", 0, "bytes", by=2), "bytes"),
    ("a transfer's latency", "metered", put("transfers", 0, "latency_ms", 9.0), "latency_ms"),
    ("a transfer's price", "metered", grow("transfers", 0, "usd_per_1k"), "usd_per_1k"),
    ("a transfer over another link", "metered", put("transfers", 0, "link", "tube"), "missing"),
    ("no link between the tiers", "metered", put("links", []), "no link joins"),
    ("a link twice", "metered", twin_link, "links join"),
    ("a link to nowhere", "metered", link_to_nowhere, "not two tiers"),
    ("a slower link", "metered", slow_link, "latency_ms"),
    ("a link too narrow for the load", "loaded", narrow_link, "Gbit/s"),
    ("a link without bandwidth", "metered", put("links", 0, "gbps", 0.0), "no bandwidth"),
    ("an operator's share of the money", "loaded", grow("operators", 4, "usd_per_1k"), "usd_per_1k"),
    ("an operator's price of a visit", "loaded", pay_more_for_a_visit, "usd_per_visit"),
    (
        "a tier's price",
        "loaded",
        lambda m: grow("usd_per_hour")(tier(m, m["pools"][0]["tier"])),
        "usd_per_hour",
    ),
    ("the total money", "loaded", grow("totals", "usd_per_1k_requests"), "usd_per_1k_requests"),
    ("the total an hour", "loaded", grow("totals", "usd_per_hour"), "usd_per_hour"),
    ("the total power", "loaded", grow("totals", "watts"), "watts"),
    ("an hourly total without a load", "metered", put("totals", "usd_per_hour", 1.0), "usd_per_hour"),
    ("the penalty", "soft", grow("totals", "soft_usd_per_1k_requests"), "soft"),
    ("a penalty forgotten", "soft", put("totals", "soft_usd_per_1k_requests", 0.0), "soft"),
    ("end to end", "loaded", grow("totals", "e2e_ms_p95", by=0.9), "e2e_ms_p95"),
    ("end to end, median", "loaded", grow("totals", "e2e_ms_p50", by=0.9), "e2e_ms_p50"),
    ("a latency", "metered", put("operators", 0, "latency_ms_p95", 70.0), "latency"),
    ("a median", "loaded", faster_median, "e2e_ms_p50"),
    ("first token", "loaded", grow("totals", "ttft_ms_p95", by=0.9), "ttft"),
    ("no first token", "loaded", put("totals", "ttft_ms_p95", None), "ttft"),
    ("time per token", "loaded", grow("totals", "tpot_ms_p95", by=0.9), "tpot"),
    ("tokens of a decode", "metered", put("operators", 1, "output_tokens", 1000), "tpot"),
    ("a wait beyond its latency", "loaded", wait_beyond_latency, "wait"),
    ("the path backwards", "loaded", reorder_path, "order of the structure"),
    ("an operator too many on the path", "loaded", lengthen_path, "critical path"),
    ("an operator missing on the path", "loaded", shorten_path, "take less"),
    ("an unknown operator on the path", "loaded", put("critical_path", 0, "nobody"), "unknown"),
    ("a limit's value", "metered", put("slo", 0, "value", 119.0), "value of the limit"),
    ("a limit missed", "metered", put("slo", 0, "limit", 119.0), "missed"),
    ("a limit said to be missed", "metered", say_missed, "missed"),
    ("a hard limit called soft", "metered", soften, "soft"),
    ("a limit twice", "metered", twin_limit, "2 times"),
    ("a limit on nothing", "metered", put("slo", 0, "name", "joy"), "nothing that the totals hold"),
    ("the objective", "metered", grow("solver", "objective_usd_per_1k_requests"), "objective"),
    ("a bound above the objective", "metered", bound_above, "above the objective"),
    ("a bound that the gap denies", "metered", looser_proof, "gap"),
    ("optimal with a gap", "metered", gap_but_optimal, "optimal with a gap"),
    ("a plan called infeasible", "metered", put("solver", "status", "infeasible"), "infeasible"),
    ("an objective of the other mode", "metered", put("solver", "objective_usd_per_hour", 5.0), "objective"),
    ("the mode", "metered", put("mode", "provisioned"), "provisioned with a load of None"),
    ("another load", "loaded", grow("rate_per_s", by=2), "utilisation"),
    ("no load", "loaded", put("rate_per_s", None), "with a load of None"),
    ("a negative figure", "loaded", put("operators", 0, "busy_s", -1.0), "is -1"),
    ("a figure that is no number", "loaded", put("operators", 0, "busy_s", float("nan")), "nan"),
]


@pytest.mark.parametrize(("name", "base", "change", "words"), MUTATIONS, ids=[m[0] for m in MUTATIONS])
def test_a_corrupted_plan_is_caught(name, base, change, words, request):
    manifest = copy.deepcopy(request.getfixturevalue(base))
    before = json.dumps(manifest)
    change(manifest)
    assert json.dumps(manifest) != before, "the mutation changed nothing"
    found = failures(manifest)
    assert any(words in failure for failure in found), found


def test_not_json():
    assert "not JSON" in verify_manifest(b"{")[0]
    assert verify_manifest(b"[]") == ["the manifest is not an object"]


# --- independence and the command -------------------------------------------------------------------


def test_it_imports_neither_the_solver_nor_the_other_eyes():
    code = (
        "import sys, agentc.placement.verify\n"
        "own = {m for m in sys.modules if m.startswith('agentc.')}\n"
        "print(*(m for m in own if 'verify' not in m and m != 'agentc.placement'))\n"
        "print(*({'ortools', 'msgspec', 'mlir', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def write(folder, manifest):
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return str(folder)


def test_command_says_what_was_checked(tmp_path, loaded):
    done = CliRunner().invoke(group, ["verify", write(tmp_path / "b", loaded)])
    assert done.exit_code == 0
    assert "critical path" in done.stdout
    assert "holds" in done.stdout


def test_command_fails_with_each_failure(tmp_path, metered):
    metered = copy.deepcopy(metered)
    metered["totals"]["usd_per_1k_requests"] = 94.0
    done = CliRunner().invoke(group, ["verify", write(tmp_path / "b", metered)])
    assert done.exit_code == 1
    assert "error: money: totals.usd_per_1k_requests is 94, recomputed 95" in done.stderr
    assert "FAIL  money" in done.stdout


def test_command_prints_one_json_object(tmp_path, metered):
    metered = copy.deepcopy(metered)
    folder = write(tmp_path / "b", metered)
    assert json.loads(CliRunner().invoke(group, ["verify", folder, "--json"]).stdout)["holds"] is True
    metered["mode"] = "provisioned"
    (tmp_path / "b" / "manifest.json").write_text(json.dumps(metered))
    done = CliRunner().invoke(group, ["verify", folder, "--json"])
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["holds"] is False
    assert told["failures"]


def test_command_without_a_build(tmp_path):
    done = CliRunner().invoke(group, ["verify", str(tmp_path / "none")])
    assert isinstance(done.exception, AgentcError)
    assert done.exception.exit_code == 2
