// RUN: agentc opt %s --pipeline decompose | filecheck %s
// A reranked search looks up four passages for each one it keeps. Nobody stated k or the embedder.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text) -> !agent.docs {
  // CHECK: %[[V:.*]] = "llm.embed"(%arg0) {agent.defaulted = ["model"], id = "search_0.embed", model = "minilm-l6-v2"}
  // CHECK: %[[D:.*]] = "memory.lookup"(%[[V]], %arg0) {agent.defaulted = ["k"], id = "search_0.lookup", k = 16 : i64, store = "docs"}
  // CHECK: %[[B:.*]] = "llm.rerank"(%arg0, %[[D]]) {agent.defaulted = ["k"], id = "search_0.rerank", k = 4 : i64, model = "ranker"}
  // CHECK: return %[[B]]
  %0 = "memory.search"(%q) {store = "docs", rerank = "ranker"} : (!agent.text) -> !agent.docs
  return %0 : !agent.docs
}
