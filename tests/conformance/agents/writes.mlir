// Writes keep their source order though no value ties them: the slow first one, those of a branch and a
// loop, the last. Each gives back all that was written before it.
module attributes {
  agent.fns = {w = {python = "functions.py:write"}, a = {python = "functions.py:starts_with_a"},
               x = {python = "functions.py:add_x"}, slow = {python = "functions.py:reverse"}}
} {
  func.func @writes(%text: !agent.text {agent.name = "text"}) -> !agent.text {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %a = "agent.test"(%text) {fn = "a", id = "a"} : (!agent.text) -> i1
    %turned = "agent.compute"(%text) {fn = "slow", id = "turned", effects = "none"} : (!agent.text) -> !agent.text
    %first = "agent.compute"(%turned) {fn = "w", id = "first", effects = "write"} : (!agent.text) -> !agent.text
    scf.if %a {
      %0 = "agent.compute"(%text) {fn = "w", id = "inside", effects = "write"} : (!agent.text) -> !agent.text
    } {id = "maybe"}
    %looped = scf.for %i = %c0 to %c2 step %c1 iter_args(%state = %text) -> (!agent.text) {
      %0 = "agent.compute"(%state) {fn = "x", id = "longer", effects = "none"} : (!agent.text) -> !agent.text
      %1 = "agent.compute"(%0) {fn = "w", id = "trip", effects = "write"} : (!agent.text) -> !agent.text
      scf.yield %0 : !agent.text
    } {id = "twice"}
    %last = "agent.compute"(%text) {fn = "w", id = "last", effects = "write"} : (!agent.text) -> !agent.text
    return %last : !agent.text
  }
}
