// RUN: not agentc opt %s --pipeline inline-agents | filecheck %s
// CHECK: circle.mlir:15:8: error: agents call each other in a circle: a -> b -> a
// CHECK: %0 = call @a(%q)
// CHECK: hint: use scf.while to repeat

func.func @answer(%q: !agent.text) -> !agent.text {
  %0 = call @a(%q) : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
func.func private @a(%q: !agent.text) -> !agent.text {
  %0 = call @b(%q) : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
func.func private @b(%q: !agent.text) -> !agent.text {
  %0 = call @a(%q) : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
