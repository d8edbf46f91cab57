// RUN: agentc opt %s --pipeline decompose | filecheck %s
// RUN: agentc opt %s --pipeline decompose --locations | filecheck %s --check-prefix=LOC
// Each part keeps the line of its whole.

// LOC: "llm.embed"({{.*}} loc(#[[SEARCH:.*]])
// LOC-NEXT: "memory.lookup"({{.*}} loc(#[[SEARCH]])
// LOC: #[[SEARCH]] = loc("{{.*}}parts.mlir":14:8)
// CHECK-NOT: "llm.call"
// CHECK-LABEL: func.func @answer
module attributes {agent.stores = {docs = {path = "corpus", embedder = "other-embedder"}}} {
func.func @answer(%q: !agent.text) -> !agent.text {
  // CHECK: %[[V:.*]] = "llm.embed"(%arg0) {dim = 384 : i64, id = "hits.embed", model = "other-embedder"}
  // CHECK: "memory.lookup"(%[[V]], %arg0) {dim = 384 : i64, id = "hits.lookup", k = 4 : i64, store = "docs"}
  %0 = "memory.search"(%q) {id = "hits", store = "docs", k = 4, dim = 384} : (!agent.text) -> !agent.docs
  // CHECK: %[[R:.*]] = "tool.lookup"(%arg0) {id = "news.lookup", inputs = ["query"], tool = "web"} : (!agent.text) -> !agent.json
  // CHECK: "tool.compute"(%[[R]]) {bytes = 900 : i64, cpu = 5.000000e-01 : f64, id = "news.compute", latency_ms_p50 = 120 : i64, tool = "web"}
  %1 = "tool.invoke"(%q) {id = "news", tool = "web", inputs = ["query"], latency_ms_p50 = 120, cpu = 0.5, bytes = 900} : (!agent.text) -> !agent.json
  // CHECK: %[[KV:.*]] = "llm.prefill"(%arg0, %{{.*}}, %{{.*}}) {id = "answer.prefill", input_tokens = 900 : i64, inputs = ["q", "h", "n"], model = "m", prefix_tokens = 100 : i64, prompt = "{q} {h} {n}"}
  // CHECK: "llm.decode"(%[[KV]]) {id = "answer.decode", input_tokens = 900 : i64, model = "m", output_tokens = 300 : i64, temperature = 2.000000e-01 : f64}
  %2 = "llm.call"(%q, %0, %1) {id = "answer", model = "m", prompt = "{q} {h} {n}", inputs = ["q", "h", "n"],
    input_tokens = 900, prefix_tokens = 100, output_tokens = 300, temperature = 0.2}
    : (!agent.text, !agent.docs, !agent.json) -> !agent.text
  return %2 : !agent.text
}
}
