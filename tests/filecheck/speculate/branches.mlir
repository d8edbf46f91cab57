// RUN: agentc opt %s --pipeline speculate | filecheck %s
// RUN: agentc opt %s --pipeline 'speculate{probability=0.95}' | filecheck %s --check-prefix=SURE
// RUN: not agentc opt %s --pipeline 'speculate{probability=2}' | filecheck %s --check-prefix=BAD
// BAD: speculate: probability must be a number from 0 to 1, not '2'
// SURE-NOT: agent.speculative

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %known: i1) -> !agent.text {
  // CHECK: id = "go"
  %go = "agent.test"(%q) {id = "go", fn = "go"} : (!agent.text) -> i1
  // A chain without effects starts at once.
  // CHECK-NEXT: "memory.search"(%arg0) {agent.speculative = "if_0.then", id = "hits", store = "docs"}
  // CHECK-NEXT: "agent.cast"
  // CHECK-NEXT: "llm.call"{{.*}}agent.speculative = "if_0.then", id = "draft"
  // CHECK-NEXT: scf.if
  %0 = scf.if %go -> (!agent.text) {
    %h = "memory.search"(%q) {id = "hits", store = "docs"} : (!agent.text) -> !agent.docs
    %t = "agent.cast"(%h) : (!agent.docs) -> !agent.text
    %d = "llm.call"(%t) {id = "draft", model = "m"} : (!agent.text) -> !agent.text
    // Never across a write: what has effects stays, and so does what reads it.
    // CHECK-NEXT: id = "mail"
    // CHECK-NEXT: id = "thanks"
    %m = "tool.invoke"(%d) {id = "mail", tool = "mail"} : (!agent.text) -> !agent.text
    %n = "llm.call"(%m) {id = "thanks", model = "m"} : (!agent.text) -> !agent.text
    // What is sampled is drawn when it is asked for.
    // CHECK-NEXT: id = "dice"
    %s = "llm.call"(%q) {id = "dice", model = "m", temperature = 1.0} : (!agent.text) -> !agent.text
    %r = "llm.call"(%n, %s) {id = "end", model = "m"} : (!agent.text, !agent.text) -> !agent.text
    scf.yield %r : !agent.text
  } else {
    // The unlikely side waits.
    // CHECK: } else {
    // CHECK-NEXT: id = "sorry"
    %r = "llm.call"(%q) {id = "sorry", model = "m"} : (!agent.text) -> !agent.text
    scf.yield %r : !agent.text
  } {agent.probability = 0.9}
  // Nothing is won where the test is known from the start.
  // CHECK: scf.if %arg1
  // CHECK-NEXT: id = "at_once"
  %1 = scf.if %known -> (!agent.text) {
    %r = "llm.call"(%q) {id = "at_once", model = "m"} : (!agent.text) -> !agent.text
    scf.yield %r : !agent.text
  } else {
    scf.yield %0 : !agent.text
  } {agent.probability = 0.9}
  return %1 : !agent.text
}
