// A branch with two results; values from around it; one inside the other.
module attributes {
  agent.fns = {a = {python = "functions.py:starts_with_a"}, short = {python = "functions.py:is_short"},
               upper = {python = "functions.py:upper"}, x = {python = "functions.py:add_x"}}
} {
  func.func @branch(%text: !agent.text {agent.name = "text"}) -> (!agent.text, !agent.text) {
    %a = "agent.test"(%text) {fn = "a", id = "a"} : (!agent.text) -> i1
    %loud = "agent.compute"(%text) {fn = "upper", id = "loud"} : (!agent.text) -> !agent.text
    %0:2 = scf.if %a -> (!agent.text, !agent.text) {
      %short = "agent.test"(%text) {fn = "short", id = "short"} : (!agent.text) -> i1
      %1 = scf.if %short -> (!agent.text) {
        %2 = "agent.compute"(%loud) {fn = "x", id = "longer"} : (!agent.text) -> !agent.text
        scf.yield %2 : !agent.text
      } else {
        scf.yield %loud : !agent.text
      } {id = "inner"}
      scf.yield %1, %text : !agent.text, !agent.text
    } else {
      %1 = "agent.compute"(%text) {fn = "x", id = "other"} : (!agent.text) -> !agent.text
      scf.yield %text, %1 : !agent.text, !agent.text
    } {id = "outer", agent.probability = 0.5}
    return %0#0, %0#1 : !agent.text, !agent.text
  }
}
