// RUN: agentc opt %s --pipeline consolidate | filecheck %s
// Several agents of one file become one; tools run for each, whatever they do.

// CHECK: func.func @ask(%arg0: !agent.text, %arg1: !agent.text) -> (!agent.text, !agent.json)
// CHECK-NOT: func.func @check
// CHECK: id = "check.web"
// CHECK: id = "ask.answer"
func.func @ask(%q: !agent.text) -> !agent.text {
  %0 = "llm.call"(%q) {id = "answer", model = "m"} : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
func.func @check(%q: !agent.text) -> !agent.json {
  %0 = "tool.invoke"(%q) {id = "web", tool = "web"} : (!agent.text) -> !agent.json
  return %0 : !agent.json
}
