// RUN: agentc opt %s --pipeline canonicalize | filecheck %s
// Upstream rewrites these constructs; what they say about themselves stays.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %c: i1) -> !agent.text {
  // An unused result goes, and with it a new scf.if is made.
  // CHECK: %[[A:.*]] = scf.if %arg1 -> (!agent.text)
  // CHECK: {agent.probability = 3.000000e-01 : f64, id = "either"}
  %0:2 = scf.if %c -> (!agent.text, !agent.text) {
    %a = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
    scf.yield %a, %q : !agent.text, !agent.text
  } else {
    scf.yield %q, %q : !agent.text, !agent.text
  } {agent.probability = 0.3, id = "either"}
  // A value that no trip changes leaves the loop's state, and a new scf.while is made.
  // CHECK: scf.while (%{{.*}} = %[[A]]) : (!agent.text) -> !agent.text
  // CHECK: attributes {agent.max_trips = 5 : i64, agent.trips = 2.500000e+00 : f64, id = "refine"}
  %1:2 = scf.while (%x = %0#0, %y = %q) : (!agent.text, !agent.text) -> (!agent.text, !agent.text) {
    %go = "agent.test"(%x) {fn = "more"} : (!agent.text) -> i1
    scf.condition(%go) %x, %y : !agent.text, !agent.text
  } do {
  ^bb0(%x: !agent.text, %y: !agent.text):
    %z = "llm.call"(%x, %y) {model = "m"} : (!agent.text, !agent.text) -> !agent.text
    scf.yield %z, %y : !agent.text, !agent.text
  } attributes {agent.trips = 2.5, agent.max_trips = 5, id = "refine"}
  return %1#0 : !agent.text
}
