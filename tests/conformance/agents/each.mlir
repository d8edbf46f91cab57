// A map without results over a fixed number of items: four trips that only write, three of them at once.
// What comes after the map comes after all of it.
module attributes {agent.fns = {w = {python = "functions.py:write"}, n = {python = "functions.py:length"}}} {
  func.func @each(%text: !agent.text {agent.name = "text"}) -> !agent.json {
    %c7 = arith.constant 7 : index
    scf.forall (%i) in (4) {
      %up = arith.ceildivui %c7, %c7 : index
      "agent.compute"(%text) {fn = "w", id = "write", effects = "write"} : (!agent.text) -> ()
    } {id = "four", agent.items = 4.0, agent.width = 3}
    %all = "agent.compute"(%text) {fn = "w", id = "last", effects = "write"} : (!agent.text) -> !agent.text
    %0 = "agent.compute"(%all) {fn = "n", id = "n", effects = "none"} : (!agent.text) -> !agent.json
    return %0 : !agent.json
  }
}
