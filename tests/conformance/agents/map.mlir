// A map of limited width over a list known only at run time; each item also reads a value around it.
module attributes {
  agent.fns = {words = {python = "functions.py:words"}, both = {python = "functions.py:both"},
               join = {python = "functions.py:join"}}
} {
  func.func @map(%text: !agent.text {agent.name = "text"}) -> !agent.text {
    %words = "agent.compute"(%text) {fn = "words", id = "words"} : (!agent.text) -> !agent.json
    %items = "agent.scatter"(%words) : (!agent.json) -> tensor<?x!agent.json>
    %c0 = arith.constant 0 : index
    %n = tensor.dim %items, %c0 : tensor<?x!agent.json>
    %room = tensor.empty(%n) : tensor<?x!agent.json>
    %out = scf.forall (%i) in (%n) shared_outs(%o = %room) -> (tensor<?x!agent.json>) {
      %item = tensor.extract %items[%i] : tensor<?x!agent.json>
      %done = "agent.compute"(%item, %words) {fn = "builtin:contains", id = "self", effects = "none"} : (!agent.json, !agent.json) -> !agent.json
      %both = "agent.compute"(%item, %done) {fn = "both", id = "both", inputs = ["a", "b"]} : (!agent.json, !agent.json) -> !agent.json
      %one = tensor.from_elements %both : tensor<1x!agent.json>
      scf.forall.in_parallel {
        tensor.parallel_insert_slice %one into %o[%i] [1] [1] : tensor<1x!agent.json> into tensor<?x!agent.json>
      }
    } {id = "each", agent.items = 3.0, agent.width = 2}
    %list = "agent.gather"(%out) : (tensor<?x!agent.json>) -> !agent.json
    %joined = "agent.compute"(%list) {fn = "join", id = "joined"} : (!agent.json) -> !agent.text
    return %joined : !agent.text
  }
}
