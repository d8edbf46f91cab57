// RUN: agentc opt %s --pipeline canonicalize | filecheck %s
// A branch that is always taken is no branch.

// CHECK-LABEL: func.func @answer
// CHECK-NEXT: %[[A:.*]] = "llm.call"(%arg0)
// CHECK-NEXT: return %[[A]]
func.func @answer(%q: !agent.text) -> !agent.text {
  %true = arith.constant true
  %0 = scf.if %true -> (!agent.text) {
    %a = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
    scf.yield %a : !agent.text
  } else {
    %b = "tool.invoke"(%q) {tool = "t"} : (!agent.text) -> !agent.text
    scf.yield %b : !agent.text
  }
  return %0 : !agent.text
}
