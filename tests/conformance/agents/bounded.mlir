// Loops whose test never says no: agent.max_trips alone ends them; one does its work before its test.
module attributes {
  agent.fns = {yes = {value = "true"}, x = {python = "functions.py:add_x"}}
} {
  func.func @bounded(%text: !agent.text {agent.name = "text"}) -> (!agent.text, !agent.text) {
    %0 = scf.while (%state = %text) : (!agent.text) -> !agent.text {
      %go = "agent.test"() {fn = "yes", id = "ask"} : () -> i1
      scf.condition(%go) %state : !agent.text
    } do {
    ^bb0(%state: !agent.text):
      %2 = "agent.compute"(%state) {fn = "x", id = "longer"} : (!agent.text) -> !agent.text
      scf.yield %2 : !agent.text
    } attributes {id = "first", agent.max_trips = 3}
    %1 = scf.while (%state = %text) : (!agent.text) -> !agent.text {
      %2 = "agent.compute"(%state) {fn = "x", id = "longer_still"} : (!agent.text) -> !agent.text
      %go = "agent.test"() {fn = "yes", id = "ask_again"} : () -> i1
      scf.condition(%go) %2 : !agent.text
    } do {
    ^bb0(%state: !agent.text):
      scf.yield %state : !agent.text
    } attributes {id = "second", agent.max_trips = 3}
    return %0, %1 : !agent.text, !agent.text
  }
}
