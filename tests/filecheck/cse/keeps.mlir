// RUN: agentc opt %s --pipeline cse | filecheck %s
// What must stay apart, and why.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %c: i1) -> !agent.json {
  // Tools have effects, for all that anybody knows.
  // CHECK-COUNT-2: "tool.invoke"(%arg0)
  %0 = "tool.invoke"(%q) {tool = "t"} : (!agent.text) -> !agent.json
  %1 = "tool.invoke"(%q) {tool = "t"} : (!agent.text) -> !agent.json
  // Sampled answers differ.
  // CHECK-COUNT-2: "llm.call"(%arg0)
  %2 = "llm.call"(%q) {model = "m", temperature = 0.7} : (!agent.text) -> !agent.text
  %3 = "llm.call"(%q) {model = "m", temperature = 0.7} : (!agent.text) -> !agent.text
  // The agent writes this store between the two.
  // CHECK: "memory.search"(%arg0) {id = "search_0"
  // CHECK: "agent.observe"
  // CHECK: "memory.search"(%arg0) {id = "search_1"
  %4 = "memory.search"(%q) {store = "notes"} : (!agent.text) -> !agent.docs
  "agent.observe"(%q) {store = "notes"} : (!agent.text) -> ()
  %5 = "memory.search"(%q) {store = "notes"} : (!agent.text) -> !agent.docs
  // Reads may differ in time.
  // CHECK-COUNT-2: "memory.load"
  %6 = "memory.load"(%q) {store = "kv"} : (!agent.text) -> !agent.json
  %7 = "memory.load"(%q) {store = "kv"} : (!agent.text) -> !agent.json
  // One branch does not run before the other, nor before what follows.
  // CHECK-COUNT-3: "llm.embed"(%arg0)
  %8 = scf.if %c -> (!agent.embedding) {
    %a = "llm.embed"(%q) {model = "e"} : (!agent.text) -> !agent.embedding
    scf.yield %a : !agent.embedding
  } else {
    %b = "llm.embed"(%q) {model = "e"} : (!agent.text) -> !agent.embedding
    scf.yield %b : !agent.embedding
  }
  %9 = "llm.embed"(%q) {model = "e"} : (!agent.text) -> !agent.embedding
  // Another k is another search.
  // CHECK-COUNT-2: "memory.search"
  %10 = "memory.search"(%q) {store = "docs", k = 4} : (!agent.text) -> !agent.docs
  %11 = "memory.search"(%q) {store = "docs", k = 5} : (!agent.text) -> !agent.docs
  %12 = "agent.compute"(%0, %1, %2, %3, %4, %5, %6, %7, %10, %11) {fn = "f"} : (!agent.json, !agent.json,
    !agent.text, !agent.text, !agent.docs, !agent.docs, !agent.json, !agent.json, !agent.docs, !agent.docs)
    -> !agent.json
  return %12 : !agent.json
}
