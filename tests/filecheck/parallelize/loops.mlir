// RUN: agentc opt %s --pipeline parallelize | filecheck %s
// A counted loop whose trips do not read one another is a map.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text) -> !agent.text {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %four = arith.constant 4 : index
  // CHECK: scf.forall (%{{.*}}) in (4) {
  // CHECK-NEXT: id = "warm"
  // CHECK: } {agent.items = 4.000000e+00 : f64, id = "for_0"}
  scf.for %i = %zero to %four step %one {
    %0 = "tool.invoke"(%q) {id = "warm", tool = "warm"} : (!agent.text) -> !agent.json
  }
  // Writes have an order.
  // CHECK: scf.for
  // CHECK-NEXT: id = "mail"
  scf.for %i = %zero to %four step %one {
    %0 = "tool.invoke"(%q) {id = "mail", tool = "mail", effects = "write"} : (!agent.text) -> !agent.json
  }
  // A log has one too.
  // CHECK: scf.for
  // CHECK-NEXT: id = "log"
  scf.for %i = %zero to %four step %one {
    "agent.observe"(%q) {id = "log", store = "log"} : (!agent.text) -> ()
  }
  // A trip reads what the one before made.
  // CHECK: scf.for
  // CHECK-NEXT: id = "refine"
  %1 = scf.for %i = %zero to %four step %one iter_args(%x = %q) -> (!agent.text) {
    %0 = "llm.call"(%x) {id = "refine", model = "m"} : (!agent.text) -> !agent.text
    scf.yield %0 : !agent.text
  }
  return %1 : !agent.text
}
