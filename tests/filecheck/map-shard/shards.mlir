// RUN: agentc opt %s --pipeline 'map-shard{shards=2}' | filecheck %s
// RUN: agentc opt %s --pipeline map-shard | filecheck %s --check-prefix=WHOLE
// RUN: not agentc opt %s --pipeline 'map-shard{shards=0}' | filecheck %s --check-prefix=BAD
// BAD: map-shard: shards must be a whole number from 1 up, not '0'
// WHOLE-NOT: shard

// CHECK-LABEL: func.func @answer
func.func @answer(%l: !agent.json) -> (!agent.json, !agent.json) {
  %zero = arith.constant 0 : index
  %items = "agent.scatter"(%l) : (!agent.json) -> tensor<?x!agent.json>
  %n = tensor.dim %items, %zero : tensor<?x!agent.json>
  %empty = tensor.empty(%n) : tensor<?x!agent.json>
  // CHECK: scf.forall
  // CHECK: id = "read.shard0"
  // CHECK: {agent.items = 4.000000e+00 : f64, agent.shard = 0 : i64, agent.width = 3 : i64, id = "pages.shard0"}
  // CHECK: scf.forall
  // CHECK: id = "read.shard1"
  // CHECK: {agent.items = 4.000000e+00 : f64, agent.shard = 1 : i64, agent.width = 3 : i64, id = "pages.shard1"}
  // CHECK: scf.forall
  // CHECK: arith.select
  // CHECK: {agent.items = 8.000000e+00 : f64, id = "pages.joined"}
  %r = scf.forall (%i) in (%n) shared_outs(%o = %empty) -> (tensor<?x!agent.json>) {
    %item = tensor.extract %items[%i] : tensor<?x!agent.json>
    %page = "tool.invoke"(%item) {id = "read", tool = "read"} : (!agent.json) -> !agent.json
    %one = tensor.from_elements %page : tensor<1x!agent.json>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %one into %o[%i] [1] [1] : tensor<1x!agent.json> into tensor<?x!agent.json>
    }
  } {agent.items = 8.0, agent.width = 6, id = "pages"}
  // Writes have an order over all items.
  // CHECK: id = "mail"
  // CHECK: {agent.items = 8.000000e+00 : f64, id = "mails"}
  %s = scf.forall (%i) in (%n) shared_outs(%o = %empty) -> (tensor<?x!agent.json>) {
    %item = tensor.extract %items[%i] : tensor<?x!agent.json>
    %page = "tool.invoke"(%item) {id = "mail", tool = "mail", effects = "write"} : (!agent.json) -> !agent.json
    %one = tensor.from_elements %page : tensor<1x!agent.json>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %one into %o[%i] [1] [1] : tensor<1x!agent.json> into tensor<?x!agent.json>
    }
  } {agent.items = 8.0, id = "mails"}
  %0 = "agent.gather"(%r) : (tensor<?x!agent.json>) -> !agent.json
  %1 = "agent.gather"(%s) : (tensor<?x!agent.json>) -> !agent.json
  return %0, %1 : !agent.json, !agent.json
}
