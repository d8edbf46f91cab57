// RUN: agentc opt %s --pipeline 'consolidate{requests=2}' | filecheck %s
// RUN: agentc opt %s --pipeline consolidate | filecheck %s --check-prefix=ONE
// RUN: not agentc opt %s --pipeline 'consolidate{requests=none}' | filecheck %s --check-prefix=BAD
// BAD: consolidate: requests must be a whole number from 1 up, not 'none'

// One request is what there is already.
// ONE: func.func @answer(%arg0: !agent.text {agent.name = "question"})
// ONE-NOT: r0

// CHECK: func.func @answer(%arg0: !agent.text {agent.name = "question_0"}, %arg1: !agent.text {agent.name = "question_1"})
// CHECK-SAME: -> (!agent.text, !agent.text)
// CHECK-SAME: agent.load = {rate_per_s = 2.500000e+00 : f64}, agent.requests = 2 : i64
func.func @answer(%q: !agent.text {agent.name = "question"}) -> !agent.text attributes {agent.load = {rate_per_s = 5.0}} {
  // Equal operators of both run once; the rest stands by model.
  // CHECK: id = "r0.key"
  // CHECK-NEXT: "memory.search"{{.*}}id = "r0.rules"
  // CHECK-NOT: "memory.search"
  // CHECK: model = "a"
  // CHECK-NEXT: model = "a"
  // CHECK-NEXT: model = "b"
  // CHECK-NEXT: model = "b"
  // CHECK: return %{{.*}}, %{{.*}} : !agent.text, !agent.text
  %k = "agent.compute"() {id = "key", fn = "key", effects = "none"} : () -> !agent.text
  %r = "memory.search"(%k) {id = "rules", store = "rules"} : (!agent.text) -> !agent.docs
  %t = "agent.cast"(%r) : (!agent.docs) -> !agent.text
  %0 = "llm.call"(%t, %q) {id = "x", model = "a"} : (!agent.text, !agent.text) -> !agent.text
  %1 = "llm.call"(%t, %q) {id = "y", model = "b"} : (!agent.text, !agent.text) -> !agent.text
  %2 = "llm.call"(%0, %1) {id = "z", model = "a"} : (!agent.text, !agent.text) -> !agent.text
  return %2 : !agent.text
}
