// RUN: agentc opt %s --pipeline canonicalize | filecheck %s
// Upstream would merge these branches, and then no probability would be right.

// CHECK-LABEL: func.func @same_test
func.func @same_test(%q: !agent.text, %c: i1, %d: i1) {
  // CHECK: scf.if %arg1
  // CHECK: {agent.probability = 1.000000e-01 : f64, id = "one"}
  scf.if %c {
    "agent.observe"(%q) {store = "log"} : (!agent.text) -> ()
  } {agent.probability = 0.1, id = "one"}
  // CHECK: scf.if %arg1
  // CHECK: {agent.probability = 1.000000e-01 : f64, id = "two"}
  scf.if %c {
    "agent.observe"(%q) {store = "log"} : (!agent.text) -> ()
  } {agent.probability = 0.1, id = "two"}
  // CHECK: scf.if %arg1
  // CHECK-NEXT: scf.if %arg2
  // CHECK: {agent.probability = 5.000000e-01 : f64, id = "inner"}
  // CHECK-NEXT: {agent.probability = 2.500000e-01 : f64, id = "outer"}
  scf.if %c {
    scf.if %d {
      "agent.observe"(%q) {store = "log"} : (!agent.text) -> ()
    } {agent.probability = 0.5, id = "inner"}
  } {agent.probability = 0.25, id = "outer"}
  return
}
