// RUN: agentc opt %s --pipeline 'decompose{parallel=2}' | filecheck %s
// RUN: agentc opt %s --pipeline 'decompose{parallel=1}' | filecheck %s --check-prefix=ONE
// RUN: not agentc opt %s --pipeline 'decompose{parallel=0}' | filecheck %s --check-prefix=BAD
// BAD: decompose: parallel must be a whole number from 1 up, not '0'
// One device is no parallel form.
// ONE: "llm.prefill"
// ONE-NOT: "llm.gate"

// CHECK-LABEL: func.func @answer
func.func @answer(%q: !agent.text) -> !agent.text {
  // CHECK: %[[G:.*]] = "llm.gate"(%arg0) {id = "a.gate", input_tokens = 500 : i64, model = "m", phase = "prefill", shards = 2 : i64}
  // CHECK-NEXT: %[[P0:.*]] = "llm.expert_prefill"(%[[G]]) {id = "a.expert_prefill.0"
  // CHECK-NEXT: %[[P1:.*]] = "llm.expert_prefill"(%[[G]]) {id = "a.expert_prefill.1"
  // CHECK-NEXT: %[[M:.*]] = "llm.merge"(%[[P0]], %[[P1]]) {id = "a.merge_prefill"
  // CHECK-NEXT: %[[KV:.*]] = "llm.all_reduce"(%[[M]]) {id = "a.all_reduce_prefill"{{.*}} : (!llm.kv) -> !llm.kv
  // CHECK-NEXT: %[[D0:.*]] = "llm.expert_decode"(%[[KV]]) {id = "a.expert_decode.0"{{.*}}shard = 0 : i64, shards = 2 : i64
  // CHECK-NEXT: %[[D1:.*]] = "llm.expert_decode"(%[[KV]]) {id = "a.expert_decode.1"{{.*}}shard = 1 : i64, shards = 2 : i64
  // CHECK-NEXT: %[[N:.*]] = "llm.merge"(%[[D0]], %[[D1]]) {id = "a.merge"
  // CHECK-NEXT: %[[A:.*]] = "llm.all_reduce"(%[[N]]) {bytes = 99 : i64, id = "a.all_reduce"{{.*}} : (!llm.kv) -> !agent.text
  // CHECK-NEXT: return %[[A]]
  %0 = "llm.call"(%q) {id = "a", model = "m", input_tokens = 500, output_tokens = 20, bytes = 99} : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
