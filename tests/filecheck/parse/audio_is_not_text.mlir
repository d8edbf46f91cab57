// RUN: not agentc opt %s | filecheck %s
// CHECK: audio_is_not_text.mlir:7:8: error: expected '!agent.text' but got '!agent.audio'
// CHECK: "llm.call"(%a)
// CHECK: hint:

func.func @answer(%a: !agent.audio) -> !agent.text {
  %0 = "llm.call"(%a) {model = "m"} : (!agent.audio) -> !agent.text
  return %0 : !agent.text
}
