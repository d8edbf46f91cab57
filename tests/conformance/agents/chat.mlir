// Two LLM operators, one after the other, with a template, a system text and a bound.
module {
  func.func @chat(%q: !agent.text {agent.name = "question"}) -> !agent.text {
    %0 = "llm.call"(%q) {model = "llama-3.1-8b", id = "draft", prompt = "Q: {q}", inputs = ["q"], system = "be brief", output_tokens = 5} : (!agent.text) -> !agent.text
    %1 = "llm.call"(%q, %0) {model = "llama-3.1-70b", id = "final", output_tokens = 5, max_tokens = 7, temperature = 0.5, stop = ["END"]} : (!agent.text, !agent.text) -> !agent.text
    return %1 : !agent.text
  }
}
