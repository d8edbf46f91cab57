// RUN: agentc opt %s --pipeline cse | filecheck %s
// Equal searches, calls and casts run once; an equal one in a branch uses what ran before it.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %c: i1) -> (!agent.docs, !agent.docs, !agent.text) {
  // CHECK: %[[HITS:.*]] = "memory.search"(%arg0) {id = "a", store = "docs"}
  // CHECK-NOT: "memory.search"
  %0 = "memory.search"(%q) {id = "a", store = "docs"} : (!agent.text) -> !agent.docs
  %1 = "memory.search"(%q) {id = "b", store = "docs"} : (!agent.text) -> !agent.docs
  // CHECK: %[[A:.*]] = "llm.call"(%arg0) {id = "call_0", model = "m", temperature = 0.000000e+00 : f64}
  %2 = "llm.call"(%q) {model = "m", temperature = 0.0} : (!agent.text) -> !agent.text
  // CHECK: scf.if
  // CHECK-NEXT: scf.yield %[[A]]
  %3 = scf.if %c -> (!agent.text) {
    %4 = "llm.call"(%q) {model = "m", temperature = 0.0} : (!agent.text) -> !agent.text
    scf.yield %4 : !agent.text
  } else {
    scf.yield %q : !agent.text
  }
  // CHECK: return %[[HITS]], %[[HITS]]
  return %0, %1, %3 : !agent.docs, !agent.docs, !agent.text
}
