// RUN: agentc opt %s | filecheck %s
// Mixed operands are brought to one type; operands of one type and casts that are there stay.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %d: !agent.docs) -> !agent.text {
  // CHECK: %[[TEXT:.*]] = "agent.cast"(%arg1) : (!agent.docs) -> !agent.text
  // CHECK-NEXT: "llm.call"(%arg0, %[[TEXT]])
  %0 = "llm.call"(%q, %d) {model = "m"} : (!agent.text, !agent.docs) -> !agent.text
  // CHECK-NEXT: %[[A:.*]] = "agent.cast"(%arg0) : (!agent.text) -> !agent.json
  // CHECK-NEXT: %[[B:.*]] = "agent.cast"(%arg1) : (!agent.docs) -> !agent.json
  // CHECK-NEXT: "tool.invoke"(%[[A]], %[[B]])
  %1 = "tool.invoke"(%q, %d) {tool = "t"} : (!agent.text, !agent.docs) -> !agent.json
  // CHECK-NEXT: "tool.invoke"(%arg0, %arg0)
  %2 = "tool.invoke"(%q, %q) {tool = "t"} : (!agent.text, !agent.text) -> !agent.json
  return %0 : !agent.text
}
