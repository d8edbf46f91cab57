// A search with reranking over the folder notes/, and what it found in a prompt's form.
module attributes {agent.stores = {notes = {path = "notes", embedder = "minilm-l6-v2"}}} {
  func.func @search(%q: !agent.text {agent.name = "question"}) -> (!agent.text, !agent.docs) {
    %0 = "memory.search"(%q) {store = "notes", k = 1, id = "hits", rerank = "minilm-l6-v2"} : (!agent.text) -> !agent.docs
    %1 = "agent.cast"(%0) : (!agent.docs) -> !agent.text
    return %1, %0 : !agent.text, !agent.docs
  }
}
