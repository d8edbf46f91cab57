// The llm dialect: language and speech models. llm.call decomposes into llm.prefill and llm.decode.
irdl.dialect @llm {
  irdl.type @kv

  irdl.operation @call {
    %model = irdl.base "#builtin.string"
    %text = irdl.is !agent.text
    %answer = irdl.is !agent.text
    irdl.attributes { "model" = %model }
    irdl.operands(inputs: variadic %text)
    irdl.results(answer: %answer)
  }

  irdl.operation @prefill {
    %model = irdl.base "#builtin.string"
    %text = irdl.is !agent.text
    %kv = irdl.base @llm::@kv
    irdl.attributes { "model" = %model }
    irdl.operands(inputs: variadic %text)
    irdl.results(cache: %kv)
  }

  irdl.operation @decode {
    %model = irdl.base "#builtin.string"
    %kv = irdl.base @llm::@kv
    %answer = irdl.is !agent.text
    irdl.attributes { "model" = %model }
    irdl.operands(cache: %kv)
    irdl.results(answer: %answer)
  }

  irdl.operation @embed {
    %model = irdl.base "#builtin.string"
    %input = irdl.any
    %vector = irdl.is !agent.embedding
    irdl.attributes { "model" = %model }
    irdl.operands(input: %input)
    irdl.results(vector: %vector)
  }

  irdl.operation @rerank {
    %model = irdl.base "#builtin.string"
    %query = irdl.is !agent.text
    %docs = irdl.is !agent.docs
    %ranked = irdl.is !agent.docs
    irdl.attributes { "model" = %model }
    irdl.operands(query: %query, docs: %docs)
    irdl.results(ranked: %ranked)
  }

  irdl.operation @transcribe {
    %model = irdl.base "#builtin.string"
    %audio = irdl.is !agent.audio
    %text = irdl.is !agent.text
    irdl.attributes { "model" = %model }
    irdl.operands(audio: %audio)
    irdl.results(text: %text)
  }

  irdl.operation @speak {
    %model = irdl.base "#builtin.string"
    %text = irdl.is !agent.text
    %audio = irdl.is !agent.audio
    irdl.attributes { "model" = %model }
    irdl.operands(text: %text)
    irdl.results(audio: %audio)
  }

  // A call whose model runs on several devices at once, taken apart (decompose{parallel=N}).
  irdl.operation @gate {
    %model = irdl.base "#builtin.string"
    %text = irdl.is !agent.text
    %routed = irdl.base @llm::@kv
    irdl.attributes { "model" = %model }
    irdl.operands(inputs: variadic %text)
    irdl.results(routed: %routed)
  }

  irdl.operation @expert_prefill {
    %model = irdl.base "#builtin.string"
    %routed = irdl.base @llm::@kv
    %part = irdl.base @llm::@kv
    irdl.attributes { "model" = %model }
    irdl.operands(routed: %routed)
    irdl.results(part: %part)
  }

  irdl.operation @expert_decode {
    %model = irdl.base "#builtin.string"
    %cache = irdl.base @llm::@kv
    %part = irdl.base @llm::@kv
    irdl.attributes { "model" = %model }
    irdl.operands(cache: %cache)
    irdl.results(part: %part)
  }

  irdl.operation @merge {
    %model = irdl.base "#builtin.string"
    %part = irdl.base @llm::@kv
    %merged = irdl.base @llm::@kv
    irdl.attributes { "model" = %model }
    irdl.operands(parts: variadic %part)
    irdl.results(merged: %merged)
  }

  // Of a prefill: the cache. Of a decode: the answer.
  irdl.operation @all_reduce {
    %model = irdl.base "#builtin.string"
    %merged = irdl.base @llm::@kv
    %result = irdl.any
    irdl.attributes { "model" = %model }
    irdl.operands(merged: %merged)
    irdl.results(result: %result)
  }
}
