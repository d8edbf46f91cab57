// Operators in a row and beside each other; a coroutine, a constant argument, mixed operands.
module attributes {
  agent.tools = {reverse = {python = "functions.py:reverse"}},
  agent.fns = {upper = {python = "functions.py:upper"}, both = {python = "functions.py:both"},
               shorten = {python = "functions.py:shorten", arguments = {most = "3"}},
               length = {python = "functions.py:length"}, fixed = {value = "\22 and \22"}}
} {
  func.func @straight(%text: !agent.text {agent.name = "text"}) -> (!agent.text, !agent.json) {
    %0 = "agent.compute"(%text) {fn = "upper", id = "upper", effects = "none"} : (!agent.text) -> !agent.text
    %1 = "agent.compute"(%0) {fn = "shorten", id = "shorten", inputs = ["text"], effects = "none"} : (!agent.text) -> !agent.text
    %2 = "tool.invoke"(%text) {tool = "reverse", id = "reverse", inputs = ["text"], latency_ms_p50 = 1.0, latency_ms_p95 = 2.0, cpu = 1} : (!agent.text) -> !agent.text
    %3 = "agent.compute"() {fn = "fixed", id = "fixed", effects = "none"} : () -> !agent.text
    %4 = "agent.compute"(%text) {fn = "length", id = "length", effects = "none"} : (!agent.text) -> !agent.json
    %5 = "agent.compute"(%1, %3, %2) {fn = "builtin:join", id = "joined", effects = "none"} : (!agent.text, !agent.text, !agent.text) -> !agent.text
    %6 = "agent.compute"(%5, %4) {fn = "both", id = "both", inputs = ["a", "b"], effects = "none"} : (!agent.text, !agent.json) -> !agent.text
    return %6, %4 : !agent.text, !agent.json
  }
}
