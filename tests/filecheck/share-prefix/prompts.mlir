// RUN: agentc opt %s --pipeline share-prefix | filecheck %s
// RUN: not agentc opt %s --pipeline 'share-prefix{tokens=0}' | filecheck %s --check-prefix=BAD
// BAD: share-prefix: tokens must be a whole number from 1 up, not '0'

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text, %c: i1) -> !agent.text {
  %d = "memory.search"(%q) {id = "docs", store = "docs", k = 4} : (!agent.text) -> !agent.docs
  %t = "agent.cast"(%d) : (!agent.docs) -> !agent.text
  // The first pays for all of it.
  // CHECK: {id = "a", inputs = ["d", "q"], model = "m", prompt = "Documents: {d} Answer: {q}"}
  %a = "llm.call"(%t, %q) {id = "a", model = "m", prompt = "Documents: {d} Answer: {q}", inputs = ["d", "q"]}
    : (!agent.text, !agent.text) -> !agent.text
  // 4 passages of 200 tokens and the text around them.
  // CHECK-NEXT: id = "b"{{.*}}prefix_of = "a", prefix_tokens = 804 : i64
  %b = "llm.call"(%t, %a) {id = "b", model = "m", prompt = "Documents: {d} Answ. check: {a}", inputs = ["d", "a"]}
    : (!agent.text, !agent.text) -> !agent.text
  // Another model has another cache.
  // CHECK-NEXT: {id = "other", inputs = ["d"], model = "n", prompt = "Documents: {d}"}
  %o = "llm.call"(%t) {id = "other", model = "n", prompt = "Documents: {d}", inputs = ["d"]}
    : (!agent.text) -> !agent.text
  // Another value under the same name is another text: 2 tokens in common are not worth it.
  // CHECK-NEXT: {id = "value", inputs = ["d"], model = "m", prompt = "Documents: {d}"}
  %v = "llm.call"(%a) {id = "value", model = "m", prompt = "Documents: {d}", inputs = ["d"]}
    : (!agent.text) -> !agent.text
  // What somebody has stated stays.
  // CHECK-NEXT: id = "stated"{{.*}}prefix_tokens = 7 : i64
  %s = "llm.call"(%t) {id = "stated", model = "m", prompt = "Documents: {d}", inputs = ["d"], prefix_tokens = 7}
    : (!agent.text) -> !agent.text
  // One branch does not run before the other; both run after what stands above.
  %r = scf.if %c -> (!agent.text) {
    // CHECK: {id = "then", model = "m", prompt = "A text that nobody has read before, however long it is, is read."}
    %x = "llm.call"() {id = "then", model = "m", prompt = "A text that nobody has read before, however long it is, is read."}
      : () -> !agent.text
    scf.yield %x : !agent.text
  } else {
    // CHECK: {id = "else", model = "m", prompt = "A text that nobody has read before, however long it is, is read."}
    %x = "llm.call"() {id = "else", model = "m", prompt = "A text that nobody has read before, however long it is, is read."}
      : () -> !agent.text
    // CHECK: id = "after"{{.*}}prefix_of = "b", prefix_tokens = 803
    %y = "llm.call"(%t) {id = "after", model = "m", prompt = "Documents: {d} again", inputs = ["d"]}
      : (!agent.text) -> !agent.text
    scf.yield %y : !agent.text
  }
  return %r : !agent.text
}
