// RUN: agentc opt %s --pipeline dce | filecheck %s
// Effects stay though nobody uses their results: stated, a store's, and inside a branch.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %c: i1) -> !agent.text {
  // CHECK: "memory.load"
  %0 = "memory.load"(%q) {store = "kv"} : (!agent.text) -> !agent.json
  // CHECK: "memory.store"
  %1 = "memory.store"(%q, %q) {store = "kv"} : (!agent.text, !agent.text) -> !agent.text
  // CHECK: "llm.call"(%arg0) {effects = "write"
  %2 = "llm.call"(%q) {model = "m", effects = "write"} : (!agent.text) -> !agent.text
  // CHECK: scf.if
  // CHECK-NEXT: "agent.observe"
  scf.if %c {
    %3 = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
    "agent.observe"(%q) {store = "log"} : (!agent.text) -> ()
  }
  // CHECK: return
  return %q : !agent.text
}
