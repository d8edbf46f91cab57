module attributes {agent.fns = {fail = {python = "functions.py:fail"}}} {
  func.func @failing(%text: !agent.text {agent.name = "text"}) -> !agent.text {
    %0 = "agent.compute"(%text) {fn = "fail", id = "breaks"} : (!agent.text) -> !agent.text
    return %0 : !agent.text
  }
}
