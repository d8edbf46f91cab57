// One of three branches by number, two results from one function.
module attributes {
  agent.fns = {two = {python = "functions.py:two"}, upper = {python = "functions.py:upper"},
               x = {python = "functions.py:add_x"}}
} {
  func.func @switch(%text: !agent.text {agent.name = "text"}, %which: index {agent.name = "which"}) -> (!agent.text, !agent.json) {
    %0:2 = "agent.compute"(%text) {fn = "two", id = "two"} : (!agent.text) -> (!agent.json, !agent.json)
    %1 = scf.index_switch %which -> !agent.text
    case 0 {
      %2 = "agent.compute"(%0#0) {fn = "upper", id = "zero"} : (!agent.json) -> !agent.text
      scf.yield %2 : !agent.text
    }
    case 7 {
      %2 = "agent.compute"(%0#0) {fn = "x", id = "seven"} : (!agent.json) -> !agent.text
      scf.yield %2 : !agent.text
    }
    default {
      scf.yield %text : !agent.text
    }
    return %1, %0#1 : !agent.text, !agent.json
  }
}
