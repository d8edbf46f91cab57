// RUN: agentc opt %s --pipeline inline-agents | filecheck %s
// Two levels of nested agents become one graph; ids say where an operator came from.

// CHECK-NOT: @search
// CHECK-NOT: @page
// CHECK-LABEL: func.func @answer(%arg0: !agent.text)
func.func private @page(%q: !agent.text) -> !agent.json {
  %0 = "tool.invoke"(%q) {id = "web", tool = "web"} : (!agent.text) -> !agent.json
  return %0 : !agent.json
}
func.func private @search(%q: !agent.text, %c: i1) -> !agent.json {
  %0 = scf.if %c -> (!agent.json) {
    %1 = func.call @page(%q) : (!agent.text) -> !agent.json
    scf.yield %1 : !agent.json
  } else {
    %1 = "agent.compute"(%q) {fn = "f"} : (!agent.text) -> !agent.json
    scf.yield %1 : !agent.json
  } {agent.probability = 0.25}
  return %0 : !agent.json
}
func.func @answer(%q: !agent.text) -> !agent.json {
  // CHECK: %[[GO:.*]] = "agent.test"(%arg0) {fn = "go", id = "test_0"}
  %go = "agent.test"(%q) {fn = "go"} : (!agent.text) -> i1
  // CHECK: scf.if %[[GO]]
  // CHECK: "tool.invoke"(%arg0) {id = "search.page.web", tool = "web"}
  // CHECK: "agent.compute"(%arg0) {fn = "f", id = "search.compute_0"}
  // CHECK: {agent.probability = 2.500000e-01 : f64, id = "search.if_0"}
  %0 = call @search(%q, %go) : (!agent.text, i1) -> !agent.json
  // CHECK: id = "again.page.web"
  %1 = call @search(%q, %go) {id = "again"} : (!agent.text, i1) -> !agent.json
  // CHECK: id = "search_1.page.web"
  %2 = call @search(%q, %go) : (!agent.text, i1) -> !agent.json
  %3 = "agent.compute"(%0, %1, %2) {fn = "join"} : (!agent.json, !agent.json, !agent.json) -> !agent.json
  return %3 : !agent.json
}
