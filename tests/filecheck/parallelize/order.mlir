// RUN: agentc opt %s --pipeline parallelize | filecheck %s
// Independent operators stand together; what has an order keeps it.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text) -> !agent.json {
  // Three that read only the question, then what reads their results.
  // CHECK: id = "web"
  // CHECK-NEXT: id = "news"
  // CHECK-NEXT: id = "first"
  // CHECK-NEXT: id = "clean"
  // The second write waits for the first, though it reads only the question.
  // CHECK-NEXT: id = "second"
  // CHECK-NEXT: id = "both"
  // The load waits for the store before it.
  // CHECK-NEXT: id = "keep"
  // CHECK-NEXT: id = "recall"
  %0 = "tool.invoke"(%q) {id = "web", tool = "web"} : (!agent.text) -> !agent.json
  %1 = "agent.compute"(%0) {id = "clean", fn = "clean"} : (!agent.json) -> !agent.json
  %2 = "tool.invoke"(%q) {id = "news", tool = "news"} : (!agent.text) -> !agent.json
  %3 = "agent.compute"(%1, %2) {id = "both", fn = "both"} : (!agent.json, !agent.json) -> !agent.json
  "tool.invoke"(%q) {id = "first", tool = "mail", effects = "write"} : (!agent.text) -> ()
  "tool.invoke"(%q) {id = "second", tool = "mail", effects = "write"} : (!agent.text) -> ()
  %4 = "memory.store"(%3, %3) {id = "keep", store = "s"} : (!agent.json, !agent.json) -> !agent.json
  %5 = "memory.load"(%q) {id = "recall", store = "s"} : (!agent.text) -> !agent.json
  return %5 : !agent.json
}
