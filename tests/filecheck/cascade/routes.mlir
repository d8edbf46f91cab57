// RUN: agentc opt %s --pipeline 'cascade{model=llama-3.1-8b small=smollm2-135m gate=sure probability=0.8}' | filecheck %s
// RUN: agentc opt %s --pipeline 'cascade{model=llama-3.1-8b small=smollm2-135m gate=sure probability=0.01}' | filecheck %s --check-prefix=DEAR
// RUN: not agentc opt %s --pipeline 'cascade{model=llama-3.1-8b}' | filecheck %s --check-prefix=BAD
// RUN: not agentc opt %s --pipeline 'cascade{model=llama-3.1-8b small=smolm gate=sure}' | filecheck %s --check-prefix=MODEL
// BAD: cascade needs small and gate
// MODEL: smolm

// A gate that is almost never content does not pay for the small model.
// DEAR-NOT: agent.test

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text) -> !agent.text {
  // CHECK: %[[SMALL:.*]] = "llm.call"(%arg0) {id = "a.small", max_tokens = 90 : i64, model = "smollm2-135m"}
  // CHECK-NEXT: %[[SURE:.*]] = "agent.test"(%[[SMALL]]) {effects = "none", fn = "sure", id = "a.gate"}
  // CHECK-NEXT: %[[A:.*]] = scf.if %[[SURE]] -> (!agent.text) {
  // CHECK-NEXT: scf.yield %[[SMALL]]
  // CHECK-NEXT: } else {
  // CHECK-NEXT: %[[BIG:.*]] = "llm.call"(%arg0) {id = "a", max_tokens = 90 : i64, model = "llama-3.1-8b"}
  // CHECK-NEXT: scf.yield %[[BIG]]
  // CHECK-NEXT: } {agent.probability = 8.000000e-01 : f64, id = "a.cascade"}
  %0 = "llm.call"(%q) {id = "a", model = "llama-3.1-8b", max_tokens = 90} : (!agent.text) -> !agent.text
  // Other models, and calls with effects, stay.
  // CHECK-NEXT: "llm.call"(%[[A]]) {id = "b", model = "other"}
  // CHECK-NEXT: "llm.call"{{.*}}effects = "write", id = "c", model = "llama-3.1-8b"
  // CHECK-NEXT: return
  %1 = "llm.call"(%0) {id = "b", model = "other"} : (!agent.text) -> !agent.text
  %2 = "llm.call"(%1) {id = "c", model = "llama-3.1-8b", effects = "write"} : (!agent.text) -> !agent.text
  return %2 : !agent.text
}
