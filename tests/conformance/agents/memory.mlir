// What was stored before is loaded; loads and stores of one store keep their order.
module attributes {agent.fns = {key = {value = "\22k\22"}, both = {python = "functions.py:both"}}} {
  func.func @memory(%text: !agent.text {agent.name = "text"}) -> !agent.text {
    %key = "agent.compute"() {fn = "key", id = "key", effects = "none"} : () -> !agent.text
    %before = "memory.load"(%key) {store = "notes", id = "before"} : (!agent.text) -> !agent.json
    %stored = "memory.store"(%key, %text) {store = "notes", id = "stored"} : (!agent.text, !agent.text) -> !agent.text
    %after = "memory.load"(%key) {store = "notes", id = "after"} : (!agent.text) -> !agent.json
    "agent.observe"(%text) {store = "log", id = "log"} : (!agent.text) -> ()
    %both = "agent.compute"(%before, %after) {fn = "both", id = "both", inputs = ["a", "b"]} : (!agent.json, !agent.json) -> !agent.text
    return %both : !agent.text
  }
}
