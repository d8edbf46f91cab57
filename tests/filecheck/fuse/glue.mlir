// RUN: agentc opt %s --pipeline decompose,fuse | filecheck %s
// RUN: not agentc opt %s --pipeline 'fuse{cpu_ms=much}' | filecheck %s --check-prefix=BAD
// BAD: fuse: cpu_ms must be a number from 0 up, not 'much'

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text) -> !agent.text {
  // A tool's lookup and the small function after it go where the tool goes.
  // CHECK: "tool.lookup"{{.*}}agent.unit = "web.compute"
  // CHECK: "tool.compute"{{.*}}agent.unit = "web.compute"
  // CHECK: agent.unit = "web.compute"{{.*}}id = "clean"
  %0 = "tool.invoke"(%q) {id = "web", tool = "web"} : (!agent.text) -> !agent.json
  %1 = "agent.compute"(%0) {id = "clean", fn = "clean", cpu_ms = 0.5} : (!agent.json) -> !agent.text
  // A function that takes long may go where it is cheap.
  // CHECK-NOT: agent.unit
  // CHECK: id = "long"
  %2 = "agent.compute"(%q) {id = "long", fn = "long", cpu_ms = 900} : (!agent.text) -> !agent.text
  // A small function between models has no neighbour on cores.
  // CHECK-NOT: agent.unit
  // CHECK: return
  %3 = "llm.call"(%1, %2) {id = "a", model = "m"} : (!agent.text, !agent.text) -> !agent.text
  %4 = "agent.compute"(%3) {id = "trim", fn = "trim", cpu_ms = 0.1} : (!agent.text) -> !agent.text
  %5 = "llm.call"(%4) {id = "b", model = "m"} : (!agent.text) -> !agent.text
  return %5 : !agent.text
}
