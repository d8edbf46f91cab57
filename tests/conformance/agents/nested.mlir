// An agent that calls another one twice.
module attributes {agent.fns = {x = {python = "functions.py:add_x"}, upper = {python = "functions.py:upper"}}} {
  func.func private @shout(%text: !agent.text) -> (!agent.text, !agent.text) {
    %0 = "agent.compute"(%text) {fn = "x", id = "longer"} : (!agent.text) -> !agent.text
    %1 = "agent.compute"(%0) {fn = "upper", id = "louder"} : (!agent.text) -> !agent.text
    return %0, %1 : !agent.text, !agent.text
  }
  func.func @nested(%text: !agent.text {agent.name = "text"}) -> !agent.text {
    %0:2 = call @shout(%text) {id = "one"} : (!agent.text) -> (!agent.text, !agent.text)
    %1:2 = call @shout(%0#0) {id = "two"} : (!agent.text) -> (!agent.text, !agent.text)
    return %1#1 : !agent.text
  }
}
