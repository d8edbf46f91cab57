// RUN: agentc opt %s --pipeline canonicalize | filecheck %s
// Upstream would make an arith.select of this, which has no probability.

// CHECK-LABEL: func.func @answer
// CHECK: scf.if %arg2 -> (!agent.text)
// CHECK-NOT: arith.select
// CHECK: {agent.probability = 1.250000e-01 : f64
func.func @answer(%q: !agent.text, %r: !agent.text, %c: i1) -> !agent.text {
  %0 = scf.if %c -> (!agent.text) {
    scf.yield %q : !agent.text
  } else {
    scf.yield %r : !agent.text
  } {agent.probability = 0.125}
  "agent.observe"(%0) {store = "log"} : (!agent.text) -> ()
  return %0 : !agent.text
}
