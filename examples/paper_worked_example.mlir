// The worked example of the paper (arXiv 2507.19635): one call of 1000 prompt and 500 answer tokens
// inside 120 ms. Place it on examples/fleets/paper_worked_example.yaml: prefill goes to the fast
// tier, decode to the cheap one, exactly on the limit. The KV cache is 125 kB a token.
module {
  func.func @answer(%prompt: !agent.text {agent.name = "prompt"}) -> !agent.text
      attributes {agent.slo = {e2e_ms_p95 = 120.0}} {
    %kv = "llm.prefill"(%prompt) {id = "prefill", model = "llama-3.1-8b", input_tokens = 1000 : i64, bytes = 125000000 : i64}
        : (!agent.text) -> !llm.kv
    %text = "llm.decode"(%kv) {id = "decode", model = "llama-3.1-8b", output_tokens = 500 : i64}
        : (!llm.kv) -> !agent.text
    return %text : !agent.text
  }
}
