// RUN: agentc opt %s --pipeline canonicalize | filecheck %s
// Upstream turns `if not c` around; the probability is still of the side that is now `then`.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %c: i1) {
  %true = arith.constant true
  %false = arith.constant false
  %not = arith.xori %c, %true : i1
  // CHECK: scf.if %arg1 {
  // CHECK-NEXT: id = "else"
  // CHECK-NEXT: } else {
  // CHECK-NEXT: id = "then"
  // CHECK-NEXT: } {agent.probability = 7.500000e-01 : f64, id = "if_0"}
  scf.if %not {
    "agent.observe"(%q) {id = "then", store = "log"} : (!agent.text) -> ()
  } else {
    "agent.observe"(%q) {id = "else", store = "log"} : (!agent.text) -> ()
  } {agent.probability = 0.25}
  // CHECK-NEXT: scf.if %arg1 {
  // CHECK-NEXT: id = "only"
  // CHECK-NEXT: } {agent.probability = 7.500000e-01 : f64, id = "if_1"}
  %also_not = arith.select %c, %false, %true : i1
  scf.if %also_not {
  } else {
    "agent.observe"(%q) {id = "only", store = "log"} : (!agent.text) -> ()
  } {agent.probability = 0.25}
  // CHECK-NEXT: scf.if %arg1 {
  // CHECK-NEXT: id = "kept"
  // CHECK-NEXT: } {agent.probability = 2.500000e-01 : f64, id = "if_2"}
  scf.if %c {
    "agent.observe"(%q) {id = "kept", store = "log"} : (!agent.text) -> ()
  } {agent.probability = 0.25}
  return
}
