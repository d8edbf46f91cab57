// A counted loop that reads its counter's parity with arithmetic alone.
module attributes {agent.fns = {x = {python = "functions.py:add_x"}, upper = {python = "functions.py:upper"}}} {
  func.func @for(%text: !agent.text {agent.name = "text"}) -> !agent.text {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %0 = scf.for %i = %c0 to %c4 step %c1 iter_args(%state = %text) -> (!agent.text) {
      %rest = arith.remsi %i, %c2 : index
      %even = arith.cmpi eq, %rest, %c0 : index
      %1 = scf.if %even -> (!agent.text) {
        %2 = "agent.compute"(%state) {fn = "x", id = "longer"} : (!agent.text) -> !agent.text
        scf.yield %2 : !agent.text
      } else {
        %2 = "agent.compute"(%state) {fn = "upper", id = "louder"} : (!agent.text) -> !agent.text
        scf.yield %2 : !agent.text
      } {id = "parity"}
      scf.yield %1 : !agent.text
    } {id = "four_times"}
    return %0 : !agent.text
  }
}
