// RUN: agentc opt %s --pipeline annotate | filecheck %s
// Visits multiply through branches, loops and maps; defaults are written down and listed.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %l: !agent.json) -> !agent.json {
  // CHECK: "agent.test"(%arg0) {agent.defaulted = ["bytes"], agent.theta = {cpu_s = 2.000000e-03 : f64}, agent.visits = 1.000000e+00 : f64, bytes = 1 : i64, cpu_ms = 2 : i64, fn = "go", id = "go"}
  %go = "agent.test"(%q) {id = "go", fn = "go", cpu_ms = 2} : (!agent.text) -> i1
  // CHECK: agent.visits = 2.500000e-01 : f64{{.*}}id = "then"
  // CHECK: agent.visits = 7.500000e-01 : f64{{.*}}id = "else"
  // CHECK: {agent.probability = 2.500000e-01 : f64, id = "if_0"}
  %0 = scf.if %go -> (!agent.json) {
    %a = "agent.compute"(%q) {id = "then", fn = "f"} : (!agent.text) -> !agent.json
    scf.yield %a : !agent.json
  } else {
    %a = "agent.compute"(%q) {id = "else", fn = "g"} : (!agent.text) -> !agent.json
    scf.yield %a : !agent.json
  } {agent.probability = 0.25}
  // CHECK: agent.visits = 4.000000e+00 : f64{{.*}}id = "more"
  // CHECK: agent.visits = 3.000000e+00 : f64{{.*}}id = "again"
  // CHECK: {agent.defaulted = ["agent.max_trips"], agent.max_trips = 6 : i64, agent.trips = 3 : i64, id = "while_0"}
  %1 = scf.while (%x = %0) : (!agent.json) -> !agent.json {
    %more = "agent.test"(%x) {id = "more", fn = "more"} : (!agent.json) -> i1
    scf.condition(%more) %x : !agent.json
  } do {
  ^bb0(%x: !agent.json):
    %y = "agent.compute"(%x) {id = "again", fn = "h"} : (!agent.json) -> !agent.json
    scf.yield %y : !agent.json
  } attributes {agent.trips = 3}
  return %1 : !agent.json
}
