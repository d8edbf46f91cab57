// RUN: agentc opt %s --pipeline dce | filecheck %s
// A chain without effects goes from its end to its start, and so does a loop around one.

// CHECK-LABEL: func.func @answer
// CHECK-NEXT: %[[LOG:.*]] = "tool.invoke"(%arg0) {id = "invoke_0", tool = "log"}
// CHECK-NEXT: return %arg0
func.func @answer(%q: !agent.text, %c: i1) -> !agent.text {
  %0 = "memory.search"(%q) {store = "docs"} : (!agent.text) -> !agent.docs
  %1 = "agent.cast"(%0) : (!agent.docs) -> !agent.text
  %2 = "llm.call"(%1) {model = "m"} : (!agent.text) -> !agent.text
  %3 = scf.if %c -> (!agent.text) {
    %4 = "llm.call"(%2) {model = "m", temperature = 0.9} : (!agent.text) -> !agent.text
    scf.yield %4 : !agent.text
  } else {
    scf.yield %2 : !agent.text
  }
  %5 = "tool.invoke"(%q) {tool = "log"} : (!agent.text) -> !agent.json
  %6 = "tool.invoke"(%q) {tool = "pure", effects = "none"} : (!agent.text) -> !agent.json
  return %q : !agent.text
}
