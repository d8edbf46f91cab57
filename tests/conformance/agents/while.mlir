// A loop that tests before each trip and is bounded by a counter.
module attributes {
  agent.fns = {short = {python = "functions.py:is_short"}, x = {python = "functions.py:add_x"}}
} {
  func.func @while(%text: !agent.text {agent.name = "text"}) -> !agent.text {
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %two = arith.constant 2 : index
    %0:2 = scf.while (%n = %zero, %state = %text) : (index, !agent.text) -> (index, !agent.text) {
      %short = "agent.test"(%state) {fn = "short", id = "short"} : (!agent.text) -> i1
      %below = arith.cmpi slt, %n, %two : index
      %go = arith.andi %short, %below : i1
      scf.condition(%go) %n, %state : index, !agent.text
    } do {
    ^bb0(%n: index, %state: !agent.text):
      %1 = "agent.compute"(%state) {fn = "x", id = "longer"} : (!agent.text) -> !agent.text
      %2 = arith.addi %n, %one : index
      scf.yield %2, %1 : index, !agent.text
    } attributes {id = "grow", agent.trips = 1.0, agent.max_trips = 2}
    return %0#1 : !agent.text
  }
}
