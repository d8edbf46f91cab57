// The memory dialect: what an agent looks up and remembers. memory.search decomposes into llm.embed and
// memory.lookup (and llm.rerank). A lookup takes the query's text too, for the keyword half of the index.
irdl.dialect @memory {
  irdl.operation @search {
    %store = irdl.base "#builtin.string"
    %query = irdl.is !agent.text
    %docs = irdl.is !agent.docs
    irdl.attributes { "store" = %store }
    irdl.operands(query: %query)
    irdl.results(docs: %docs)
  }

  irdl.operation @lookup {
    %store = irdl.base "#builtin.string"
    %vector = irdl.is !agent.embedding
    %query = irdl.is !agent.text
    %docs = irdl.is !agent.docs
    irdl.attributes { "store" = %store }
    irdl.operands(vector: %vector, query: variadic %query)
    irdl.results(docs: %docs)
  }

  irdl.operation @load {
    %store = irdl.base "#builtin.string"
    %key = irdl.any
    %value = irdl.any
    irdl.attributes { "store" = %store }
    irdl.operands(key: %key)
    irdl.results(value: %value)
  }

  irdl.operation @store {
    %store = irdl.base "#builtin.string"
    %key = irdl.any
    %value = irdl.any
    irdl.attributes { "store" = %store }
    irdl.operands(key: %key, value: %value)
    irdl.results(stored: %value)
  }
}
