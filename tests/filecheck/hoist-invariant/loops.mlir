// RUN: agentc opt %s --pipeline hoist-invariant | filecheck %s
// What no trip changes leaves a loop, from inner ones too; what a trip may change stays.

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %c: i1) -> !agent.text {
  // The test runs in any case: nothing speculative about that.
  // CHECK: "llm.embed"(%arg0) {id = "vector", model = "e"}
  // CHECK-NEXT: "memory.lookup"({{.*}}) {id = "near", store = "docs"}
  // The body may not run.
  // CHECK-NEXT: "memory.search"(%arg0) {agent.speculative = "outer", id = "hits", store = "docs"}
  // CHECK-NEXT: "llm.call"(%arg0) {agent.speculative = "inner", id = "deep", model = "m"}
  // CHECK-NEXT: scf.while
  %0 = scf.while (%x = %q) : (!agent.text) -> !agent.text {
    %v = "llm.embed"(%q) {id = "vector", model = "e"} : (!agent.text) -> !agent.embedding
    %n = "memory.lookup"(%v, %q) {id = "near", store = "docs"} : (!agent.embedding, !agent.text) -> !agent.docs
    // CHECK-NEXT: id = "go"
    %go = "agent.test"(%n) {id = "go", fn = "go"} : (!agent.docs) -> i1
    scf.condition(%go) %x : !agent.text
  } do {
  ^bb0(%x: !agent.text):
    %h = "memory.search"(%q) {id = "hits", store = "docs"} : (!agent.text) -> !agent.docs
    // Sampled answers differ from trip to trip.
    // CHECK: id = "sampled"
    %s = "llm.call"(%q) {id = "sampled", model = "m", temperature = 0.7} : (!agent.text) -> !agent.text
    // Nobody knows what a tool does.
    // CHECK: id = "tool"
    %t = "tool.invoke"(%q) {id = "tool", tool = "t"} : (!agent.text) -> !agent.text
    // The agent writes this store.
    // CHECK: id = "log"
    // CHECK-NEXT: id = "logged"
    "agent.observe"(%x) {id = "log", store = "log"} : (!agent.text) -> ()
    %l = "memory.search"(%q) {id = "logged", store = "log"} : (!agent.text) -> !agent.docs
    // It reads this trip's state.
    // CHECK: id = "step"
    %y = "llm.call"(%x) {id = "step", model = "m"} : (!agent.text) -> !agent.text
    // Only a branch needs it.
    // CHECK: scf.if
    // CHECK-NEXT: id = "rare"
    %z = scf.if %c -> (!agent.text) {
      %r = "llm.call"(%q) {id = "rare", model = "m"} : (!agent.text) -> !agent.text
      scf.yield %r : !agent.text
    } else {
      scf.yield %y : !agent.text
    }
    // CHECK: scf.while
    // CHECK-NOT: id = "deep"
    %w = scf.while (%a = %z) : (!agent.text) -> !agent.text {
      %more = "agent.test"(%a) {id = "more", fn = "go"} : (!agent.text) -> i1
      scf.condition(%more) %a : !agent.text
    } do {
    ^bb0(%a: !agent.text):
      %d = "llm.call"(%q) {id = "deep", model = "m"} : (!agent.text) -> !agent.text
      %e = "llm.call"(%a, %d) {id = "next", model = "m"} : (!agent.text, !agent.text) -> !agent.text
      scf.yield %e : !agent.text
    } attributes {agent.trips = 2.0, id = "inner"}
    scf.yield %w : !agent.text
  } attributes {agent.trips = 2.0, id = "outer"}
  return %0 : !agent.text
}

// A body that is rarely reached keeps its operators: they would run more often outside.
// CHECK-LABEL: func.func private @seldom
// CHECK: scf.while
// CHECK: id = "costly"
func.func private @seldom(%q: !agent.text) -> !agent.text {
  %0 = scf.while (%x = %q) : (!agent.text) -> !agent.text {
    %go = "agent.test"(%x) {fn = "go"} : (!agent.text) -> i1
    scf.condition(%go) %x : !agent.text
  } do {
  ^bb0(%x: !agent.text):
    %y = "llm.call"(%q) {id = "costly", model = "m"} : (!agent.text) -> !agent.text
    scf.yield %y : !agent.text
  } attributes {agent.trips = 0.3}
  return %0 : !agent.text
}
